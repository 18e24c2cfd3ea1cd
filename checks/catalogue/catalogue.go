// Package catalogue holds the requirements that smartcheck knows, as data: one row per normative
// statement of a specification.
package catalogue

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Requirement is one normative statement.
type Requirement struct {
	ID        string
	Level     string // SHALL, SHALL NOT, SHOULD, SHOULD NOT or MAY
	Explicit  bool   // the sentence carries a conformance verb
	Area      string
	Source    string // the specification and clause, for people
	URL       string // where the statement stands, when it has an address of its own
	Summary   string
	Testable  bool   // it can be observed from outside
	How       string // the probe that observes it, or why none can
	Condition string // when it applies
	Breach    Breach
	Untested  string // why no check verifies it yet, for a testable row
}

// Breach says how a broken row without a conformance verb is reported.
type Breach string

// The values of Breach. A row with a conformance verb has none.
const (
	BreachWarns           Breach = "warn"  // implied by the specification: a warning
	BreachContradicts     Breach = "claim" // contradicts what the server itself claims: a failure
	BreachEndangersRecord Breach = "data"  // puts data at risk: a failure
)

// Implied reports whether breaking the row is only a warning because the specification implies it
// without saying so.
func (r Requirement) Implied() bool { return r.Breach == BreachWarns }

//go:embed *.csv
var files embed.FS

var load = sync.OnceValue(func() []Requirement {
	var all []Requirement
	for _, name := range []string{
		"smart-2.2.0-server.csv", "inherited.csv", "smart-2.0.0-server.csv", "smart-1.0.0-server.csv",
	} {
		all = append(all, read(name)...)
	}
	return all
})

// All returns every requirement in the order of the catalogue files.
func All() []Requirement { return load() }

var index = sync.OnceValue(func() map[string]Requirement {
	byID := make(map[string]Requirement, len(All()))
	for _, r := range All() {
		byID[r.ID] = r
	}
	return byID
})

// Lookup returns the requirement with that id.
func Lookup(id string) (Requirement, bool) {
	r, ok := index()[id]
	return r, ok
}

// read parses one embedded file. A file that does not parse is a defect of the build, so it panics.
func read(name string) []Requirement {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		panic(fmt.Errorf("catalogue %s: %w", name, err))
	}
	head := rows[0]
	requirements := make([]Requirement, 0, len(rows)-1)
	for _, row := range rows[1:] {
		cell := make(map[string]string, len(head))
		for i, column := range head {
			cell[column] = row[i]
		}
		requirements = append(requirements, requirement(cell))
	}
	return requirements
}

func requirement(cell map[string]string) Requirement {
	r := Requirement{
		ID: cell["id"] + cell["key"], Level: cell["level"], Area: cell["area"],
		Explicit: cell["explicit"] != "no", URL: cell["spec_url"], Source: cell["source"],
		Summary: cell["summary"], Testable: cell["testable"] != "no", How: cell["how"],
		Condition: cell["condition"], Breach: Breach(cell["breach"]), Untested: cell["untested"],
	}
	if r.Source == "" {
		r.Source = guideSource(r.URL)
	}
	if r.URL == "" {
		r.URL = sourceURL(r.Source)
	}
	return r
}

// guides are the publications of HL7 that requirements stand in, by where their addresses begin.
var guides = []struct{ begins, name string }{
	{"https://hl7.org/fhir/smart-app-launch/STU2.2/", "SMART App Launch 2.2.0"},
	{"https://hl7.org/fhir/smart-app-launch/STU2/", "SMART App Launch 2.0.0"},
	{"https://hl7.org/fhir/smart-app-launch/1.0.0/", "SMART App Launch 1.0.0"},
	{"https://hl7.org/fhir/extensions/5.1.0/", "FHIR Extensions 5.1.0"},
	{"https://hl7.org/fhir/R4/", "FHIR R4"},
}

// guideSource names the publication, the page and, when url has one, the section that url points into.
func guideSource(url string) string {
	for _, guide := range guides {
		page, ok := strings.CutPrefix(url, guide.begins)
		if !ok {
			continue
		}
		page, section, _ := strings.Cut(page, "#")
		page = strings.TrimSuffix(strings.TrimSuffix(page, ".html"), "/index")
		if section == "" {
			return guide.name + ", " + page
		}
		return guide.name + ", " + page + " § " + section
	}
	return url
}

var (
	rfcSource = regexp.MustCompile(`^RFC (\d+)(?: s([0-9.]+))?`)
	pages     = []struct{ prefix, url string }{
		{"OpenID Connect Core", "https://openid.net/specs/openid-connect-core-1_0.html"},
		{"OpenID Connect Discovery", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
		{"Fetch Standard", "https://fetch.spec.whatwg.org/#http-cors-protocol"},
		{"CA/Browser Forum Baseline Requirements", "https://github.com/cabforum/servercert/blob/main/docs/BR.md"},
		{"NIST SP 800-63B-4", "https://pages.nist.gov/800-63-4/sp800-63b.html"},
	}
)

// sourceURL returns the address of the first clause that source names, or "".
func sourceURL(source string) string {
	if m := rfcSource.FindStringSubmatch(source); m != nil {
		url := "https://www.rfc-editor.org/rfc/rfc" + m[1] + ".html"
		if m[2] != "" {
			url += "#section-" + strings.TrimSuffix(m[2], ".")
		}
		return url
	}
	for _, page := range pages {
		if strings.HasPrefix(source, page.prefix) {
			return page.url
		}
	}
	return ""
}
