package reporters_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// fhirElement is an element of a StructureDefinition of R4.
type fhirElement struct {
	Path             string
	Min              int
	Max              string
	Types            []string
	ContentReference string
}

// fhirRules are the rules of R4 that its JSON schema leaves out: which primitives are required, what no value
// may be, the forms of values, and the invariants of TestReport.
type fhirRules struct {
	elements []fhirElement
	mistakes []string
}

func (v *fhirRules) say(place, format string, values ...any) {
	v.mistakes = append(v.mistakes, place+": "+fmt.Sprintf(format, values...))
}

// The forms of FHIR's primitives, https://hl7.org/fhir/R4/datatypes.html.
var fhirForms = map[string]*regexp.Regexp{
	"string":   regexp.MustCompile(`^[ \r\n\t\S]+$`),
	"markdown": regexp.MustCompile(`^\s*(\S|\s)*$`),
	"uri":      regexp.MustCompile(`^\S*$`),
	"code":     regexp.MustCompile(`^[^\s]+(\s[^\s]+)*$`),
	"dateTime": regexp.MustCompile(`^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)$`),
	"decimal":  regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`),
}

// object holds an object against the elements whose paths begin with path.
func (v *fhirRules) object(place, path string, object map[string]any) {
	if len(object) == 0 {
		v.say(place, "an empty object")
	}
	children := map[string]fhirElement{}
	for _, e := range v.elements {
		if name, ok := strings.CutPrefix(e.Path, path+"."); ok && !strings.Contains(name, ".") {
			children[name] = e
		}
	}
	for name, e := range children {
		if _, present := object[name]; !present && e.Min > 0 {
			v.say(place, "lacks %s", name)
		}
	}
	for name, value := range object {
		e, known := children[name]
		switch {
		case name == "resourceType" && path == "TestReport":
		case !known:
			v.say(place, "has no element %s", name)
		default:
			v.element(place+"."+name, e, value)
		}
	}
}

func (v *fhirRules) element(place string, e fhirElement, value any) {
	list, repeats := value.([]any)
	switch {
	case repeats != (e.Max == "*"):
		v.say(place, "occurs at most %s times", e.Max)
	case repeats && len(list) == 0:
		v.say(place, "an empty array")
	case !repeats:
		list = []any{value}
	}
	for i, one := range list {
		v.value(fmt.Sprintf("%s[%d]", place, i), e, one)
	}
}

func (v *fhirRules) value(place string, e fhirElement, value any) {
	object, complexType := value.(map[string]any)
	switch {
	case complexType && e.ContentReference != "":
		v.object(place, e.ContentReference, object)
	case complexType && slices.Contains(e.Types, "BackboneElement"):
		v.object(place, e.Path, object)
	case complexType:
		v.object(place, e.Types[0], object)
	case e.Types[0] == "xhtml":
		v.xhtml(place, value.(string))
	default:
		v.primitive(place, e.Types[0], value)
	}
}

func (v *fhirRules) primitive(place, kind string, value any) {
	text := fmt.Sprint(value)
	form, known := fhirForms[kind]
	if !known {
		v.say(place, "no form of %s is known here", kind)
		return
	}
	if text == "" || len(text) > 1<<20 || strings.TrimSpace(text) == "" || !form.MatchString(text) {
		v.say(place, "%.60q is no %s", text, kind)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) }) {
		v.say(place, "%.60q holds control characters", text)
	}
	if _, number := value.(json.Number); number != (kind == "decimal") {
		v.say(place, "%v is no %s of JSON", value, kind)
	}
}

// xhtml holds a narrative against txt-1 and txt-2: well-formed, of the namespace of XHTML, without anything active, and
// not empty.
func (v *fhirRules) xhtml(place, text string) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	said := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			v.say(place, "%v", err)
			break
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Space != "http://www.w3.org/1999/xhtml" || !slices.Contains([]string{"div", "p"}, token.Name.Local) {
				v.say(place, "an element %v", token.Name)
			}
		case xml.CharData:
			said += string(token)
		}
	}
	if strings.TrimSpace(said) == "" {
		v.say(place, "says nothing")
	}
}

// invariants holds inv-1 and inv-2 of TestReport, that a reference says something (and no more than it can
// without the resource), and dom-3.
func (v *fhirRules) invariants(report map[string]any) {
	for i, test := range list(report["test"]) {
		for j, action := range list(test.(map[string]any)["action"]) {
			_, operation := action.(map[string]any)["operation"]
			_, assert := action.(map[string]any)["assert"]
			if operation == assert {
				v.say(fmt.Sprintf("test[%d].action[%d]", i, j), "inv-2: either an operation or an assertion")
			}
		}
	}
	script := report["testScript"].(map[string]any)
	if reference, ok := script["reference"].(string); ok && strings.HasPrefix(reference, "#") {
		v.say("testScript", "ref-1: refers to a contained resource; reports contain none")
	}
	if script["type"] != "TestScript" || script["identifier"] == nil {
		v.say("testScript", "does not say which TestScript")
	}
}

func list(value any) []any { all, _ := value.([]any); return all }

func fhirMistakes(t *testing.T, document any) []string {
	t.Helper()
	g := NewWithT(t)
	var rules fhirRules
	g.Expect(json.Unmarshal(testdata(t, "fhir-testreport.elements.json"), &rules.elements)).To(Succeed())
	schema := published(t, map[string][]byte{"fhir.json": testdata(t, "fhir-testreport.schema.json")}, "fhir.json", jsonschema.Draft6)
	if err := schema.Validate(document); err != nil {
		rules.say("schema", "%#v", err)
	}
	rules.object("TestReport", "TestReport", document.(map[string]any))
	rules.invariants(document.(map[string]any))
	return rules.mistakes
}

func TestTestReportFitsFHIR(t *testing.T) {
	for name, r := range everyResults() {
		NewWithT(t).Expect(fhirMistakes(t, parsed(t, written(t, "testreport.json", r)))).To(BeEmpty(), name)
	}
}

// TestTestReportRulesNotice breaks a report in the ways that a FHIR validator notices.
func TestTestReportRulesNotice(t *testing.T) {
	action := func(report map[string]any) map[string]any {
		return list(list(report["test"])[0].(map[string]any)["action"])[0].(map[string]any)
	}
	for name, change := range map[string]func(map[string]any){
		"no status":               func(r map[string]any) { delete(r, "status") },
		"no result":               func(r map[string]any) { delete(r, "result") },
		"no testScript type":      func(r map[string]any) { r["testScript"] = map[string]any{"display": "x"} },
		"a code out of its set":   func(r map[string]any) { r["result"] = "passed" },
		"an unknown element":      func(r map[string]any) { r["verdict"] = "pass" },
		"an empty array":          func(r map[string]any) { r["participant"] = []any{} },
		"a uri with a space":      func(r map[string]any) { list(r["participant"])[0].(map[string]any)["uri"] = "a b" },
		"an empty string":         func(r map[string]any) { r["name"] = "" },
		"a date without a zone":   func(r map[string]any) { r["issued"] = "2026-03-14T09:27:35" },
		"a score in quotes":       func(r map[string]any) { r["score"] = "50" },
		"script in the narrative": func(r map[string]any) { r["text"].(map[string]any)["div"] = `<div><script/></div>` },
		"an action without":       func(r map[string]any) { delete(action(r), "operation"); delete(action(r), "assert") },
		"an action with both": func(r map[string]any) {
			both := map[string]any{"result": "pass", "message": "m"}
			action(r)["operation"], action(r)["assert"] = both, both
		},
		"a test without actions": func(r map[string]any) { list(r["test"])[0].(map[string]any)["action"] = []any{} },
	} {
		NewWithT(t).Expect(fhirMistakes(t, broken(t, written(t, "testreport.json", sample()), change))).NotTo(BeEmpty(), name)
	}
}

func TestTestReportOutcomes(t *testing.T) {
	for _, row := range []struct {
		results      reporters.Results
		check        string
		result       string
		whole, score string
	}{
		{sample(), "token.code-single-use", "fail", "fail", "33.3"},
		{sample(), "token.access-token", "pass", "fail", "33.3"},
		{sample(), "token.pragma", "warning", "fail", "33.3"},
		{sample(), "authorize.state-echoed", "error", "fail", "33.3"},
		{sample(), "authorize.post", "skip", "fail", "33.3"},
		{sample(), "discovery.caching", "pass", "fail", "33.3"},
		{expectedly(), "token.code-single-use", "warning", "fail", "33.3"},
		{expectedly(), "token.access-token", "fail", "fail", "33.3"},
		{reporters.NewResults(run(), []checks.Finding{{Check: "a.b", Status: checks.Skipped, Title: "t"}}, nil), "a.b", "skip", "pending", "<nil>"},
	} {
		g := NewWithT(t)
		report := parsed(t, written(t, "testreport.json", row.results)).(map[string]any)
		g.Expect(report["result"]).To(Equal(row.whole))
		g.Expect(fmt.Sprint(report["score"])).To(Equal(row.score))
		at := slices.IndexFunc(list(report["test"]), func(one any) bool { return one.(map[string]any)["name"] == row.check })
		actions := list(list(report["test"])[at].(map[string]any)["action"])
		assert := actions[len(actions)-1].(map[string]any)["assert"].(map[string]any)
		g.Expect(assert["result"]).To(Equal(row.result), row.check)
	}
}
