package reporters

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
)

// WriteJSONAll writes the records of several targets: one object as WriteJSON does when there is one, an
// array of them otherwise.
func WriteJSONAll(w io.Writer, all []Results) error {
	if len(all) == 1 {
		return WriteJSON(w, all[0])
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if all == nil {
		all = []Results{}
	}
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("write results as JSON: %w", err)
	}
	return nil
}

// WriteJUnitAll writes one JUnit report over several targets. The suites of each target are named after
// the area and the target; the names of test cases are the same for all targets.
func WriteJUnitAll(w io.Writer, all []Results) error {
	if len(all) == 1 {
		return WriteJUnit(w, all[0])
	}
	merged := junitSuites{Name: "smartcheck"}
	for _, r := range all {
		one := junitDocument(r)
		for _, suite := range one.Suites {
			suite.Name = line(fmt.Sprintf("%s (%s)", suite.Name, r.Target.FHIR))
			merged.Suites = append(merged.Suites, suite)
			merged.add(suite.junitCounts)
		}
		merged.Time += one.Time
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(merged); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
