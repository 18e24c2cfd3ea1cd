package reporters

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Bounds of a journey in a report for people.
const (
	maxJourneys    = 2   // of one finding
	maxSteps       = 8   // pages of one journey, the last ones
	maxPageTrouble = 3   // console errors and failed requests of one page, each
	maxTitle       = 60  // bytes of a title
	maxComplaint   = 160 // bytes of an error on the console
)

// WithJourneys returns the results with those journeys of the browser that belong to an exchange of a
// finding which failed, warned or could not be judged.
func (r Results) WithJourneys(journeys []evidence.Journey) Results {
	wanted := map[string]bool{}
	for _, f := range r.Findings {
		if !told(f) {
			continue
		}
		for _, e := range r.proof(f) {
			wanted[e.Journey] = true
		}
	}
	r.Journeys = nil
	for _, j := range journeys {
		if wanted[j.ID] {
			wanted[j.ID] = false
			r.Journeys = append(r.Journeys, j)
		}
	}
	slices.SortStableFunc(r.Journeys, func(a, b evidence.Journey) int {
		return compareIDs(strings.Replace(a.ID, "@", "#", 1), strings.Replace(b.ID, "@", "#", 1))
	})
	return r
}

// told reports whether the journeys of a finding are part of the record.
func told(f checks.Finding) bool {
	return f.Status == checks.Failed || f.Status == checks.Warned || f.Status == checks.Undecided
}

// Pictures returns the names of the pictures that the journeys name.
func (r Results) Pictures() []string {
	var names []string
	for _, j := range r.Journeys {
		for _, p := range j.Pages {
			if p.Screenshot != "" {
				names = append(names, p.Screenshot)
			}
		}
	}
	return names
}

// lost returns the journeys of a finding that did not arrive where they were to: what a reader of a
// front-channel failure wants to see.
func (r Results) lost(f checks.Finding) []evidence.Journey {
	var out []evidence.Journey
	if !told(f) {
		return nil
	}
	for _, e := range r.proof(f) {
		at := slices.IndexFunc(r.Journeys, func(j evidence.Journey) bool { return j.ID == e.Journey })
		if at < 0 || r.Journeys[at].Arrived() {
			continue
		}
		if !slices.ContainsFunc(out, func(j evidence.Journey) bool { return j.ID == e.Journey }) {
			out = append(out, r.Journeys[at])
		}
	}
	return out
}

// route tells a journey in lines: what it waited for, each page, and what went wrong on it. pictures is
// where the pictures are, or "" when they were not written.
func route(j evidence.Journey, pictures string) []string {
	lines := []string{fmt.Sprintf("%s, waiting for %s", j.ID, line(j.WaitedFor))}
	skipped := max(0, len(j.Pages)-maxSteps)
	if skipped > 0 {
		lines = append(lines, fmt.Sprintf("… %d earlier pages", skipped))
	}
	for i, p := range j.Pages[skipped:] {
		lines = append(lines, fmt.Sprintf("%d. %s", skipped+i+1, step(p)))
		for _, text := range troubles(p) {
			lines = append(lines, "   "+text)
		}
		if p.Screenshot != "" && pictures != "" {
			lines = append(lines, "   picture "+pictures+"/"+line(p.Screenshot))
		}
	}
	if len(j.Pages) == 0 {
		lines = append(lines, "no page was shown")
	}
	return lines
}

func step(p evidence.Page) string {
	status := "no status"
	if p.Status != 0 {
		status = strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, http.StatusText(p.Status)))
	}
	text := fmt.Sprintf("%s %q %s", status, line(cut(p.Title, maxTitle)), line(withoutQuery(p.URL)))
	if p.Kind != "" && p.Kind != "unknown" {
		text += " (" + line(p.Kind) + ")"
	}
	return text
}

// withoutQuery shortens a URL for people; the record holds all of it.
func withoutQuery(url string) string {
	if at := strings.IndexAny(url, "?#"); at >= 0 {
		return url[:at]
	}
	return url
}

func troubles(p evidence.Page) []string {
	var out []string
	for _, text := range p.Console[:min(len(p.Console), maxPageTrouble)] {
		out = append(out, "console: "+line(cut(text, maxComplaint)))
	}
	for _, f := range p.Failed[:min(len(p.Failed), maxPageTrouble)] {
		why := f.Error
		if f.Status != 0 {
			why = fmt.Sprint(f.Status)
		}
		out = append(out, fmt.Sprintf("failed: %s %s %s", line(f.Type), line(f.URL), line(why)))
	}
	return out
}

// journeyText is the journeys of a finding for a report without a width.
func (r Results) journeyText(f checks.Finding) string {
	var out strings.Builder
	for _, j := range r.lost(f) {
		for _, text := range route(j, "evidence") {
			out.WriteString("* " + text + "\n")
		}
		out.WriteString("\n")
	}
	return cut(out.String(), maxTranscript)
}
