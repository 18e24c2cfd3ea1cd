package reporters

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/jpeg"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Bounds of the journeys of the page.
const (
	maxHTMLJourneys = 200       // journeys
	maxHTMLPages    = 12        // pages of one journey, the last ones
	maxDecisions    = 40        // decisions of the driver on one journey
	maxPicture      = 512 << 10 // bytes of one picture
	maxPictures     = 24 << 20  // bytes of all pictures
	maxPageText     = 400       // bytes of what the last page says
)

type htmlJourney struct {
	Anchor, ID, Outcome, WaitedFor string
	Arrived                        bool
	Trouble                        prose
	Earlier                        int // pages that are not shown
	Pages                          []htmlStep
	Decisions                      []string
	MoreDecisions                  int
}

// htmlStep is a page of a journey as a frame of the filmstrip.
type htmlStep struct {
	Number             int
	Title, URL, Status string
	Kind               string
	Text               string
	Trouble            []string
	Picture            template.URL // a data: address of a JPEG picture, or ""
	Width, Height      int
	Alt                string
}

func journeyAnchor(i int) string { return fmt.Sprintf("j%d", i+1) }

// shownJourneys are the journeys of the page.
func (v view) shownJourneys() []evidence.Journey {
	return v.results.Journeys[:min(len(v.results.Journeys), maxHTMLJourneys)]
}

func (v view) journeys() []htmlJourney {
	left := maxPictures
	var out []htmlJourney
	for i, j := range v.shownJourneys() {
		skipped := max(0, len(j.Pages)-maxHTMLPages)
		one := htmlJourney{
			Anchor: journeyAnchor(i), ID: line(j.ID), Outcome: v.outcome(j), WaitedFor: line(j.WaitedFor), Arrived: j.Arrived(),
			Trouble: v.english(j.Trouble), Earlier: skipped,
			Decisions: lines(j.Decisions[:min(len(j.Decisions), maxDecisions)]), MoreDecisions: max(0, len(j.Decisions)-maxDecisions),
		}
		for n, p := range j.Pages[skipped:] {
			one.Pages = append(one.Pages, v.step(p, skipped+n+1, &left))
		}
		out = append(out, one)
	}
	return out
}

func (v view) step(p evidence.Page, number int, left *int) htmlStep {
	step := htmlStep{
		Number: number, Title: line(cut(p.Title, maxComplaint)), URL: line(cut(withoutQuery(p.URL), maxComplaint)),
		Status: v.Text("no status"), Text: line(cut(p.Text, maxPageText)), Trouble: troubles(p),
	}
	if p.Status != 0 {
		step.Status = strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, http.StatusText(p.Status)))
	}
	if p.Kind != "unknown" {
		step.Kind = line(p.Kind)
	}
	if step.Title == "" {
		step.Title = v.Text("page without a title")
	}
	step.Alt = v.Format("Screenshot of page %d: %s", number, step.Title)
	if p.Screenshot != "" {
		step.show(v.picture(p.Screenshot), left)
	}
	return step
}

// show puts a picture into the page when it is one and there is room for it.
func (s *htmlStep) show(picture []byte, left *int) {
	if len(picture) > min(maxPicture, *left) {
		return
	}
	size, err := jpeg.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return
	}
	*left -= len(picture)
	s.Width, s.Height = size.Width, size.Height
	s.Picture = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(picture))
}
