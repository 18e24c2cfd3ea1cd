package reporters

import (
	"html/template"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks"
)

// Bounds of the report, beside those of an exchange and of a journey.
const (
	maxListed = 50 // checks named beside a reason, and expectations that nothing was found for
	maxCauses = 50 // reasons of one status
)

// htmlPage is what the template shows.
type htmlPage struct {
	Lang         string
	Policy       template.HTMLAttr
	Style        template.CSS
	Script       template.JS
	Verdict      string // a class
	VerdictText  string
	Conclusion   string
	Name         string
	FHIR         string
	Spec         string
	Trust        string
	Unverified   bool
	Tool         string
	Started      string
	StartedISO   string
	Took         string
	Strict       bool
	Profile      *htmlProfile
	Counts       []htmlCount
	Judged       int
	Total        int
	Undecided    int
	Skipped      int
	AsExpected   int
	Otherwise    int // other than expected
	Causes       []htmlCauses
	Capabilities []htmlCapability
	Unused       []htmlUnused
	MoreUnused   int
	Areas        []htmlArea
	Levels       []string
	Groups       []htmlGroup
	Journeys     []htmlJourney
	Exchanges    []htmlExchange
	Timeline     htmlTimeline
}

type htmlProfile struct {
	ID     string
	Title  prose
	Source string // an address of the web, or ""
}

type htmlCount struct {
	Status string // a class
	Word   string
	Count  int
	Share  float64 // of a bar that is 100 long
	From   float64 // where it begins
}

type htmlCauses struct {
	Status string
	Title  string
	Causes []htmlCause
	More   int
}

type htmlCause struct {
	Reason prose
	Count  int
	Checks []string
	More   int
}

type htmlCapability struct {
	Name    string
	Claimed bool
	Status  string // a class
	Word    string
	Lacks   []string
	Broken  []string
	Reason  string // in English
}

type htmlUnused struct {
	Check, Word, Until string
	Reason             prose
}

type htmlArea struct {
	Area   string
	Total  int
	Counts []htmlCount
}

// statusWords are the statuses as people read them.
var statusWords = map[checks.Status]string{
	checks.Passed: message("passed"), checks.Failed: message("failed"), checks.Warned: message("warning"),
	checks.Noted: message("noted"), checks.Skipped: message("skipped"), checks.Undecided: message("not judged"),
}

// worst lists the statuses from the worst to the best.
var worst = []checks.Status{
	checks.Failed, checks.Undecided, checks.Warned, checks.Noted, checks.Skipped, checks.Passed,
}

var capabilityWords = map[CapabilityStatus]string{
	Satisfied: message("satisfied"), NotSatisfied: message("not satisfied"), NotShown: message("not judged"),
}

func (v view) page() htmlPage {
	r := v.results
	style, script := embedded("report.css"), embedded("report.js")
	exchanges := v.exchanges()
	page := htmlPage{
		Lang: v.tag(), Policy: policy(style, script), Style: template.CSS(style), Script: template.JS(script),
		Verdict: string(r.Verdict()), VerdictText: v.Text(string(r.Verdict())), Conclusion: v.conclusion(),
		Name: line(r.Target.Name), FHIR: line(r.Target.FHIR), Spec: line(string(r.Target.Spec)),
		Trust: v.Text(trustInWords[r.Target.TLS]), Unverified: r.Target.TLS == Unverified,
		Tool:    line(r.Tool.Name + " " + r.Tool.Version),
		Started: r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), StartedISO: r.Started.UTC().Format("2006-01-02T15:04:05Z"),
		Took: duration(r).String(), Strict: r.Strict, Profile: v.profile(),
		Counts: v.counts(r.Summary), Judged: r.Summary.Judged(), Total: r.Summary.Total(), Undecided: r.Summary.Error, Skipped: r.Summary.Skip,
		Causes: v.causes(), Capabilities: v.capabilities(), Areas: v.areas(), Levels: r.levels(),
		Groups: v.groups(exchanges), Journeys: v.journeys(), Exchanges: exchanges.all, Timeline: v.timeline(),
	}
	page.Unused, page.MoreUnused = v.unused()
	page.AsExpected, page.Otherwise = r.expected()
	return page
}

// conclusion says in a sentence what the verdict follows from.
func (v view) conclusion() string {
	r := v.results
	switch r.Verdict() {
	case NonConformant:
		breaking := r.where(func(f checks.Finding) bool { return r.breaks(f) })
		return v.Format("Checks that break conformance: %d.", len(breaking))
	case NotJudged:
		if r.Summary.Judged() == 0 {
			return v.Text("No check came to a verdict.")
		}
		return v.Format("No check failed, but some could not be judged: %d.", r.unexcused(checks.Undecided))
	}
	if as, _ := r.expected(); as > 0 {
		return v.Text("No check failed other than as expected.")
	}
	return v.Text("No check failed.")
}

// breaks reports whether a finding makes the run non-conformant.
func (r Results) breaks(f checks.Finding) bool {
	switch {
	case f.Surprising():
		return f.Status != checks.Undecided
	case f.Excused():
		return false
	}
	return f.Status == checks.Failed || r.Strict && f.Status == checks.Warned
}

func (v view) profile() *htmlProfile {
	p := v.results.Profile
	if p == nil {
		return nil
	}
	return &htmlProfile{ID: line(p.ID), Title: v.own(p.Title), Source: webAddress(p.Source)}
}

// webAddress returns an address that is safe to link to, or "".
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return s
}

// counts are the findings of each status, the worst first, with their share of a bar.
func (v view) counts(s Summary) []htmlCount {
	var out []htmlCount
	from := 0.0
	for _, status := range worst {
		share := 0.0
		if total := s.Total(); total > 0 {
			share = 100 * float64(s.Count(status)) / float64(total)
		}
		out = append(out, htmlCount{string(status), v.Text(statusWords[status]), s.Count(status), share, from})
		from += share
	}
	return out
}

// causes are the reasons for which checks came to no verdict, the most frequent first.
func (v view) causes() []htmlCauses {
	var out []htmlCauses
	for _, one := range []struct {
		status checks.Status
		title  string
	}{
		{checks.Undecided, v.Text("Could not be judged")},
		{checks.Skipped, v.Text("Does not apply, or is not configured")},
	} {
		causes := v.causesOf(one.status)
		if len(causes) == 0 {
			continue
		}
		shown := causes[:min(len(causes), maxCauses)]
		out = append(out, htmlCauses{string(one.status), one.title, shown, len(causes) - len(shown)})
	}
	return out
}

func (v view) causesOf(status checks.Status) []htmlCause {
	var out []htmlCause
	index := map[string]int{}
	for _, f := range v.results.withStatus(status) {
		at, known := index[f.Reason]
		if !known {
			at = len(out)
			index[f.Reason] = at
			out = append(out, htmlCause{Reason: v.own(f.Reason)})
		}
		out[at].Count++
		if len(out[at].Checks) < maxListed {
			out[at].Checks = append(out[at].Checks, line(f.Check))
		} else {
			out[at].More++
		}
	}
	slices.SortStableFunc(out, func(a, b htmlCause) int { return b.Count - a.Count })
	return out
}

func (v view) capabilities() []htmlCapability {
	var out []htmlCapability
	for _, c := range v.results.CapabilitySets {
		out = append(out, htmlCapability{
			Name: line(c.Name), Claimed: c.Claimed, Status: line(string(c.Status)), Word: v.Text(capabilityWords[c.Status]),
			Lacks: lines(c.Lacks), Broken: lines(c.Broken), Reason: line(c.Reason),
		})
	}
	return out
}

func lines(all []string) []string {
	var out []string
	for _, s := range all[:min(len(all), maxListed)] {
		out = append(out, line(s))
	}
	return out
}

// unused are the expectations that nothing was found for, and how many more there are.
func (v view) unused() (shown []htmlUnused, more int) {
	for i, u := range v.results.Unused {
		if i == maxListed {
			return shown, len(v.results.Unused) - i
		}
		shown = append(shown, htmlUnused{line(u.Check), v.Text(statusWords[u.Status]), line(u.Until), v.english(u.Reason)})
	}
	return shown, 0
}

func (v view) areas() []htmlArea {
	var out []htmlArea
	for _, group := range v.results.byArea() {
		out = append(out, htmlArea{line(group.area), group.summary.Total(), v.counts(group.summary)})
	}
	return out
}

// levels are the levels of the findings, the strongest first.
func (r Results) levels() []string {
	var out []string
	for _, level := range levelOrder {
		if slices.ContainsFunc(r.Findings, func(f checks.Finding) bool { return f.Level == level }) {
			out = append(out, string(level))
		}
	}
	return out
}

var levelOrder = []checks.Level{checks.Shall, checks.ShallNot, checks.Should, checks.ShouldNot, checks.May}
