package reporters

import (
	"io"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/locale"
)

// Presentation says how a report for people presents results. The zero value is English without pictures.
type Presentation struct {
	Language locale.Language
	// Picture returns the JPEG file with a name that the journeys of the results mention, or nil when
	// there is none.
	Picture func(name string) []byte
}

// picture returns the JPEG file with that name, or nil.
func (p Presentation) picture(name string) []byte {
	if p.Picture == nil {
		return nil
	}
	return p.Picture(name)
}

// Format is one way to write results down.
type Format struct {
	Name    string // as --format names it
	File    string // its name in the directory for reports
	Purpose string // what it is for, in a few words
	Write   func(io.Writer, Results, Presentation) error
}

// Formats are the formats of results, the record itself first.
func Formats() []Format {
	return []Format{
		{"json", "results.json", "the record, which every other report is made from", plainly(WriteJSON)},
		{"junit", "junit.xml", "build servers", plainly(WriteJUnit)},
		{"markdown", "summary.md", "job pages and pull requests", plainly(WriteMarkdown)},
		{"html", "report.html", "people: one file with the evidence, to read and to pass on", WriteHTML},
		{"sarif", "results.sarif", "code scanning", plainly(WriteSARIF)},
		{"fhir-testreport", "testreport.json", "FHIR servers and registries of test results", plainly(WriteTestReport)},
		{"csv", "requirements.csv", "spreadsheets, one row for each requirement", plainly(WriteCSV)},
		{"har", "run.har", "the developer tools of browsers", plainly(WriteHAR)},
	}
}

// plainly makes a writer that needs no presentation a writer of a format.
func plainly(write func(io.Writer, Results) error) func(io.Writer, Results, Presentation) error {
	return func(w io.Writer, r Results, _ Presentation) error { return write(w, r) }
}

// FormatNamed returns the format with that name.
func FormatNamed(name string) (Format, bool) {
	all := Formats()
	at := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if at < 0 {
		return Format{}, false
	}
	return all[at], true
}

// FormatNames lists the names of all formats in a sentence, such as "json, junit and markdown".
func FormatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
