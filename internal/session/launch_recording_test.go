package session_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestLaunchRecording plays the way to a launch that no driver would guess, from the start of the
// recording.
func TestLaunchRecording(t *testing.T) {
	g := NewWithT(t)
	c := newClinic(t)
	c.page("/desk", appLaunch, `<button id=tools onclick='document.getElementById("menu").hidden = false'>☰</button>
		<div id=menu hidden><button id=chart onclick='window.open("LAUNCH", "_blank", "noopener")'>◧</button></div>`)
	cfg := c.target()
	cfg.Launches.Recording = target.Recording{File: "portal.json", Content: fmt.Appendf(nil, `{
	"title": "Open the app",
	"steps": [
		{"type": "navigate", "url": "%s/desk"},
		{"type": "click", "target": "main", "selectors": [["#tools"]], "offsetX": 5, "offsetY": 5},
		{"type": "click", "target": "main", "selectors": [["#chart"]], "offsetX": 5, "offsetY": 5}
	]
}`, c.URL)}
	s := open(t, cfg)
	grant, err := s.SharedGrant(t.Context(), session.Request{Launch: amyFromEHR})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(grant.Evidence.Worked()).To(BeTrue(), grant.Evidence.Describe())
	expectLaunchJudged(t, s)
}
