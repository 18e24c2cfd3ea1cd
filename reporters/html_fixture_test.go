package reporters_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

// everything is a run with all that the HTML report can show.
func everything() reporters.Results {
	r := sample()
	lost := lostLaunch()
	lost.Journeys[0].Decisions = []string{"sign-in: typed the user name and the password"}
	lost.Journeys[0].Trouble = "the page was not understood"
	lost.Journeys[0].Pages[1].Text = "Something went wrong"
	r = reporters.NewResults(run(), append(r.Findings, lost.Findings...), append(r.Exchanges, lost.Exchanges...))
	r.Journeys = lost.Journeys
	r.Profile = &reporters.Profile{ID: "patient-access", Title: "Access for patients", Source: "https://hl7.example/profile"}
	r.CapabilitySets = []reporters.CapabilitySet{
		{Name: "patient-access-standalone", Claimed: true, Status: reporters.NotSatisfied, Lacks: []string{"launch-standalone"}, Broken: []string{"token.code-single-use"}},
		{Name: "clinician-access-ehr", Status: reporters.Satisfied}, {Name: "patient-access-ehr", Status: reporters.NotShown, Reason: "all of it is listed, and the run has not looked at its launches"},
	}
	return r.Expecting([]reporters.KnownOutcome{
		{Check: "token.pragma", Status: checks.Warned, Reason: "ticket 7", Until: "2026-12-31"},
		{Check: "token.access-token", Status: checks.Failed, Reason: "ticket 8"},
		{Check: "launch.lost", Status: checks.Failed, Reason: "ticket 9", Until: "2026-01-01"},
		{Check: "launch.not-there", Status: checks.Failed, Reason: "ticket 10"},
	}, time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC))
}

// picture is a JPEG file.
func picture(string) []byte {
	shot := image.NewRGBA(image.Rect(0, 0, 640, 400))
	for x := range 640 {
		for y := range 400 {
			shot.Set(x, y, color.RGBA{uint8(x / 3), uint8(y / 2), 160, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, shot, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func htmlOf(t testing.TB, r reporters.Results, language locale.Language) string {
	t.Helper()
	var out strings.Builder
	NewWithT(t).Expect(reporters.WriteHTML(&out, r, reporters.Presentation{Language: language, Picture: picture})).To(Succeed())
	return out.String()
}
