package reporters

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/citation"
)

// Bounds of one finding.
const (
	maxReferences     = 40 // exchanges that it points to
	maxShownJourneys  = 6  // journeys that it points to
	maxShownClauses   = 20 // clauses
	summaryCiteLength = 80 // bytes of the clause beside the title
)

// htmlGroup holds the findings that a reader looks at together.
type htmlGroup struct {
	Title    string
	Class    string
	Findings []htmlFinding
}

type htmlFinding struct {
	Anchor    string // the id of its element, which a link to the check names
	Check     string
	Status    string // a class
	Word      string
	Level     string
	Area      string
	Title     prose
	Clause    string // the strongest clause, in words
	Facts     []htmlFact
	Clauses   []htmlClause
	Journeys  []htmlReference
	Exchanges []htmlReference
	More      int // exchanges that are not listed
}

type htmlFact struct {
	Name  string
	Class string
	Text  prose
}

type htmlClause struct {
	Words, URL string
	Summary    prose
}

// htmlReference points to an exchange or a journey of this page.
type htmlReference struct {
	Anchor, ID, Said string
}

// groups are the findings, those that need a reader first; within a group the strongest level first.
func (v view) groups(exchanges htmlExchanges) []htmlGroup {
	anchors := map[string]int{}
	var out []htmlGroup
	for _, one := range []struct {
		title string
		class checks.Status
		holds func(checks.Finding) bool
	}{
		{v.Text("Other than expected"), checks.Failed, checks.Finding.Surprising},
		{v.Text("Failures"), checks.Failed, unexpectedly(checks.Failed)},
		{v.Text("Not judged"), checks.Undecided, unexpectedly(checks.Undecided)},
		{v.Text("Warnings"), checks.Warned, unexpectedly(checks.Warned)},
		{v.Text("As expected"), checks.Noted, checks.Finding.Excused},
		{v.Text("Noted"), checks.Noted, unexpectedly(checks.Noted)},
		{v.Text("Skipped"), checks.Skipped, unexpectedly(checks.Skipped)},
		{v.Text("Passed"), checks.Passed, unexpectedly(checks.Passed)},
	} {
		findings := v.results.where(one.holds)
		if len(findings) == 0 {
			continue
		}
		slices.SortStableFunc(findings, worseFirst)
		group := htmlGroup{Title: one.title, Class: string(one.class)}
		for _, f := range findings {
			group.Findings = append(group.Findings, v.finding(f, anchor(f.Check, anchors), exchanges))
		}
		out = append(out, group)
	}
	return out
}

func worseFirst(a, b checks.Finding) int {
	return cmp.Or(
		cmp.Compare(slices.Index(worst, a.Status), slices.Index(worst, b.Status)),
		cmp.Compare(slices.Index(levelOrder, a.Level), slices.Index(levelOrder, b.Level)),
		cmp.Compare(a.Check, b.Check),
	)
}

// anchor is the id of the element of a check; a check that was judged more than once has more than one.
func anchor(check string, taken map[string]int) string {
	taken[check]++
	if n := taken[check]; n > 1 {
		return fmt.Sprintf("%s-%d", line(check), n)
	}
	return line(check)
}

func (v view) finding(f checks.Finding, anchor string, exchanges htmlExchanges) htmlFinding {
	out := htmlFinding{
		Anchor: anchor, Check: line(f.Check), Status: line(string(f.Status)), Word: v.Text(statusWords[f.Status]),
		Level: line(string(f.Level)), Area: line(f.Area), Title: v.own(f.Title),
		Clause: line(cut(citation.First(f.Requirements), summaryCiteLength)), Facts: v.facts(f), Clauses: v.clauses(f),
		Journeys: v.journeysOf(f, exchanges),
	}
	for i, id := range f.Evidence {
		if len(out.Exchanges) == maxReferences {
			out.More = len(f.Evidence) - i
			break
		}
		if at, ok := exchanges.index[id]; ok {
			e := exchanges.all[at]
			out.Exchanges = append(out.Exchanges, htmlReference{e.Anchor, e.ID, e.Brief})
		}
	}
	return out
}

// factWords are the names of facts as people read them.
var factWords = map[string]string{
	"expected": message("Expected"), "observed": message("Observed"), "reason": message("Reason"),
	"message": message("Result"), "remedy": message("Remedy"), "profile": message("Profile"),
}

func (v view) facts(f checks.Finding) []htmlFact {
	var out []htmlFact
	for _, fact := range facts(f) {
		word, ok := factWords[fact.name]
		if !ok {
			continue // what was expected of the outcome is told below, in the language of the page
		}
		text := v.english(fact.text)
		if fact.name == "remedy" || fact.name == "reason" {
			text = v.own(fact.text)
		}
		out = append(out, htmlFact{v.Text(word), fact.name, text})
	}
	if e := f.Expectation; e != nil {
		out = append(out,
			htmlFact{v.Text("Expectation"), "expectation", prose{Text: v.expectation(*e)}},
			htmlFact{v.Text("Why it was expected"), "known", v.english(e.Reason)})
	}
	return out
}

// expectation says what was expected of the outcome of a check, and how the outcome stands to it.
func (v view) expectation(e checks.Expectation) string {
	said := v.Text("as expected")
	switch e.Outcome {
	case checks.Expired:
		said = v.Text("expected until a day that is over, so it counts as if nobody had expected it")
	case checks.Otherwise:
		said = v.Text("other than expected; correct the expectations file or the server")
	}
	status := v.Text(statusWords[e.Status])
	if e.Until != "" {
		return v.Format("“%s” until %s: %s", status, line(e.Until), said)
	}
	return v.Format("“%s”: %s", status, said)
}

// clauses are where the requirements of a finding stand. The addresses come from the catalogue.
func (v view) clauses(f checks.Finding) []htmlClause {
	var out []htmlClause
	for _, id := range f.Requirements[:min(len(f.Requirements), maxShownClauses)] {
		clause := htmlClause{Words: line(id)}
		if r, ok := catalogue.Lookup(id); ok {
			clause = htmlClause{line(citation.Of(r)), webAddress(r.URL), v.english(r.Summary)}
		}
		out = append(out, clause)
	}
	return out
}

// journeysOf points to the journeys that the exchanges of a finding belong to, those first that did not
// arrive.
func (v view) journeysOf(f checks.Finding, exchanges htmlExchanges) []htmlReference {
	if !told(f) {
		return nil
	}
	wanted := map[string]bool{}
	for _, id := range f.Evidence {
		if at, ok := exchanges.index[id]; ok {
			wanted[v.results.Exchanges[at].Journey] = true
		}
	}
	var lost, arrived []htmlReference
	for i, j := range v.shownJourneys() {
		switch ref := (htmlReference{journeyAnchor(i), line(j.ID), v.outcome(j)}); {
		case !wanted[j.ID]:
		case j.Arrived():
			arrived = append(arrived, ref)
		default:
			lost = append(lost, ref)
		}
	}
	all := append(lost, arrived...)
	return all[:min(len(all), maxShownJourneys)]
}

// outcomeWords say where a journey ended.
var outcomeWords = map[evidence.Outcome]string{
	evidence.GotCode:     message("the app got a code"),
	evidence.GotToken:    message("the app got an access token"),
	evidence.GotError:    message("the app got an error"),
	evidence.GotNeither:  message("the app was called without code, token or error"),
	evidence.GotPage:     message("ended on a page of the server"),
	evidence.GotForeign:  message("sent to an address that nobody registered"),
	evidence.GotNowhere:  message("did not end"),
	evidence.NotLaunched: message("the EHR did not launch the app"),
	evidence.AtConsent:   message("stopped at the consent page, as was wanted"),
	evidence.GotFramed:   message("a page of the server was shown in a frame of another site"),
	evidence.Launched:    message("the EHR launched the app"),
}

func (v view) outcome(j evidence.Journey) string {
	words, ok := outcomeWords[j.Outcome]
	if !ok {
		return line(string(j.Outcome))
	}
	return v.Text(words)
}
