package history

import (
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// SchemaID identifies the format of a Document, which its schema describes. Fields may be added, never
// renamed.
const SchemaID = "https://raw.githubusercontent.com/smart-conformance/smartcheck/main/schemas/history.schema.json"

// Document is the JSON form of lines.
type Document struct {
	Schema string         `json:"schema"`
	Lines  []documentLine `json:"lines"`
}

type documentLine struct {
	Target  string          `json:"target"`
	Name    string          `json:"name,omitempty"`
	FHIR    string          `json:"fhir"`
	Spec    string          `json:"spec"`
	Profile string          `json:"profile,omitempty"`
	Strict  bool            `json:"strict,omitempty"`
	Total   int             `json:"total"`
	Runs    []documentRun   `json:"runs"`
	Checks  []documentCheck `json:"checks"`
}

type documentRun struct {
	Started  string            `json:"started"`
	Finished string            `json:"finished"`
	Tool     reporters.Tool    `json:"tool"`
	Verdict  reporters.Verdict `json:"verdict"`
	Summary  reporters.Summary `json:"summary"`
}

type documentCheck struct {
	Check       string            `json:"check"`
	Level       string            `json:"level"`
	Area        string            `json:"area"`
	Title       string            `json:"title"`
	Broken      bool              `json:"broken"`
	NewFailure  bool              `json:"new_failure"`
	Fixed       bool              `json:"fixed"`
	Flapping    bool              `json:"flapping"`
	Changes     int               `json:"changes"`
	FirstBroken string            `json:"first_broken,omitempty"`
	LastBroken  string            `json:"last_broken,omitempty"`
	BrokenSince string            `json:"broken_since,omitempty"`
	DaysBroken  int               `json:"days_broken"`
	Message     string            `json:"message,omitempty"`
	Outcomes    []documentOutcome `json:"outcomes"` // one for each of the runs of the line
}

type documentOutcome struct {
	Status  checks.Status `json:"status,omitempty"` // none when the run did not have the check
	Excused bool          `json:"excused,omitempty"`
}

// DocumentOf makes a document of lines, with the last runs of each; what is said of a check is by all of them.
func DocumentOf(lines []Line, last int) Document {
	d := Document{Schema: SchemaID, Lines: []documentLine{}}
	for _, l := range lines {
		runs, from := l.latest(last)
		one := documentLine{
			Target: l.Target, Name: l.Name, FHIR: l.FHIR, Spec: l.Spec, Profile: l.Profile, Strict: l.Strict,
			Total: len(l.Runs), Checks: []documentCheck{},
		}
		for _, r := range runs {
			one.Runs = append(one.Runs, documentRun{spelled(r.Started), spelled(r.Finished), r.Tool, r.Verdict, r.Summary})
		}
		for _, s := range l.stories() {
			one.Checks = append(one.Checks, s.document(from))
		}
		d.Lines = append(d.Lines, one)
	}
	return d
}

func (s story) document(from int) documentCheck {
	c := documentCheck{
		Check: s.ID, Level: s.Level, Area: s.Area, Title: s.Title,
		Broken: s.Broken, NewFailure: s.New, Fixed: s.Fixed, Flapping: s.Flapping, Changes: s.Changes,
		FirstBroken: orNever(s.FirstBroken), LastBroken: orNever(s.LastBroken), BrokenSince: orNever(s.Since),
		DaysBroken: s.Days, Message: s.Message,
	}
	for _, o := range s.Outcomes[from:] {
		c.Outcomes = append(c.Outcomes, documentOutcome{o.Status, o.Excused})
	}
	return c
}

func orNever(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return spelled(t)
}
