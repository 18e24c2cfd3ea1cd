package recording_test

import (
	"os"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/recording"
)

func parsed(t *testing.T, name string) []recording.Script {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	scripts, mistakes := recording.Parse(name, content)
	NewWithT(t).Expect(mistakes).To(BeEmpty())
	return scripts
}

func TestReadsAnExportOfTheRecorder(t *testing.T) {
	g := NewWithT(t)
	scripts := parsed(t, "recorder.json")
	g.Expect(scripts).To(HaveLen(1))
	s := scripts[0]
	g.Expect(s.Start).To(Equal("https://ehr.example/login?state=x"))
	g.Expect(s.Hosts).To(Equal([]recording.Host{{Name: "id.example", Line: 6}, {Name: "ehr.example", Line: 6}}))
	g.Expect(s.MadeAt("https://id.example/x")).To(BeTrue())
	g.Expect(s.MadeAt("https://other.example/x")).To(BeFalse())

	var acts []recording.Act
	for _, step := range s.Steps {
		acts = append(acts, step.Act)
	}
	g.Expect(acts).To(Equal([]recording.Act{"click", "change", "change", "keyDown", "keyUp", "waitForElement", "waitForExpression"}))
	click, secret := s.Steps[0], s.Steps[2]
	g.Expect(click.Number).To(Equal(3))
	g.Expect(click.Line).To(Equal(7))
	g.Expect(click.Timeout).To(Equal(8 * time.Second))
	g.Expect(click.Selectors).To(HaveLen(5))
	g.Expect(click.Selectors[4]).To(Equal([]string{"login-form", "#username"}))
	g.Expect(click.Title()).To(Equal("step 3 (click aria/User name)"))
	g.Expect(secret.InFrame).To(BeTrue())
	g.Expect(secret.Timeout).To(Equal(30 * time.Second))
	g.Expect(s.Steps[5].Count).To(Equal(2))
}

func TestReadsABrowserArray(t *testing.T) {
	g := NewWithT(t)
	scripts := parsed(t, "browser.json")
	g.Expect(scripts).To(HaveLen(2))
	s := scripts[1]
	g.Expect(recording.Fits(s.Match, "https://ehr.example/authorize?x=1")).To(BeTrue())
	g.Expect(recording.Fits(s.Match, "https://ehr.example/token")).To(BeFalse())
	g.Expect(s.Steps).To(HaveLen(5))
	g.Expect(s.Steps[0].Visible).To(BeTrue())
	g.Expect(s.Steps[0].Timeout).To(Equal(10 * time.Second))
	g.Expect(s.Steps[1].Selectors).To(Equal([][]string{{`[name="username"]`}}))
	g.Expect(s.Steps[1].Optional).To(BeTrue())
	g.Expect(s.Steps[3].Selectors).To(Equal([][]string{{`[class~="primary"]`}}))
	g.Expect(s.Steps[3].Title()).To(Equal(`step 4 (click [class~="primary"]) of task "Login"`))
	g.Expect(scripts[0].Steps[0].Value).To(Equal("invalid_request"))
}

func TestRefusesWithTheLineToChange(t *testing.T) {
	flow := func(steps string) string { return "{\"title\": \"x\", \"steps\": [\n" + steps + "\n]}" }
	task := func(command string) string {
		return "[{\"match\": \"*\", \"tasks\": [{\"task\": \"T\", \"commands\": [\n" + command + "\n]}]}]"
	}
	for name, row := range map[string]struct {
		content string
		line    int
		want    string
	}{
		"a script":        {"const puppeteer = require('puppeteer');", 1, "is not JSON (invalid character 'c' looking for beginning of value); export the recording as JSON"},
		"cut off":         {"{\"steps\": [\n{\"type\": ", 2, "is not JSON (unexpected end of JSON input)"},
		"something else":  {`{"openapi": "3.0.0"}`, 1, `has neither "steps", as an export of Chrome's Recorder has`},
		"a HAR":           {"[1, 2]", 1, `is not a "browser" array`},
		"no steps":        {`{"steps": []}`, 1, `"steps" is not a list with steps`},
		"nothing to play": {flow(`{"type": "navigate", "url": "https://a.example"}`), 1, "has no step that does anything on a page"},
		"unknown type":    {flow(`{"type": "click", "selectors": ["a"]},` + "\n" + `{"type": "customStep", "name": "x"}`), 3, `step 2 is of the type "customStep", which is not played`},
		"no selector":     {flow(`{"type": "click"}`), 2, `step 1 (click) lacks "selectors"`},
		"password": {flow(`{"type": "change",` + "\n" + `"value": "canary", "selectors": [["aria/Password"], ["#p"]]}`), 3,
			`step 1 (change aria/Password) writes a literal value into a field for a secret; write "${password}" instead`},
		"one-time code":    {flow(`{"type": "change", "value": "123456", "selectors": ["#totp"]}`), 2, `write "${totp}" instead`},
		"unknown name":     {flow(`{"type": "change", "value": "${user}", "selectors": ["#u"]}`), 2, `step 1 (change #u) names ${user}; known names are ${username}, ${password}`},
		"unknown command":  {task(`["hover", "id", "x"]`), 2, `command 1 of task "T": "hover" is not played; expected text, click, wait`},
		"unknown selector": {task(`["click", "role", "x"]`), 2, `elements are not found by "role"`},
		"literal password": {task(`["text", "id", "password", "canary"]`), 2, `write "${password}" instead`},
		"odd word":         {task(`["click", "id", "x", "sometimes"]`), 2, `expected "optional" or nothing`},
		"no tasks":         {"[\n{\"match\": \"*\"}]", 2, `lacks "match" or "tasks"`},
		"too deep":         {strings.Repeat("[", 50) + strings.Repeat("]", 50), 1, "nests deeper than 32 levels"},
		"too long":         {flow(strings.TrimSuffix(strings.Repeat(`{"type": "click", "selectors": ["a"]},`+"\n", 501), ",\n")), 502, "at most 500 steps"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			scripts, mistakes := recording.Parse("x.json", []byte(row.content))
			g.Expect(scripts).To(BeNil())
			g.Expect(mistakes).NotTo(BeEmpty())
			g.Expect(mistakes[0].Message).To(ContainSubstring(row.want))
			g.Expect(mistakes[0].Line).To(Equal(row.line))
			g.Expect(mistakes[0].Message).NotTo(ContainSubstring("canary"))
		})
	}
}

func TestFill(t *testing.T) {
	g := NewWithT(t)
	filled, missing := recording.Fill("${username}/${totp}", func(name string) string { return map[string]string{"username": "amy"}[name] })
	g.Expect(filled).To(Equal("amy/"))
	g.Expect(missing).To(Equal([]string{"${totp}"}))
	g.Expect(recording.Literal("${password}")).To(BeFalse())
	g.Expect(recording.Literal("x${password}")).To(BeTrue())
}

func TestFits(t *testing.T) {
	for _, row := range []struct {
		pattern, address string
		want             bool
	}{
		{"", "https://a", true}, {"*", "https://a", true}, {"https://a*", "https://ab", true}, {"*/b", "https://a/b", true},
		{"*/b*c", "https://a/b/c", true}, {"https://a", "https://ab", false}, {"*b*b", "ab", false}, {"a*c", "abd", false},
	} {
		NewWithT(t).Expect(recording.Fits(row.pattern, row.address)).To(Equal(row.want), "%s on %s", row.pattern, row.address)
	}
}

func TestHolds(t *testing.T) {
	g := NewWithT(t)
	s := recording.Script{Steps: []recording.Step{{Act: recording.Change, Value: "hunter22", Number: 4}}}
	step, found := s.Holds("hunter22")
	g.Expect(found).To(BeTrue())
	g.Expect(step.Number).To(Equal(4))
	_, found = s.Holds("")
	g.Expect(found).To(BeFalse())
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"recorder.json", "browser.json"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		scripts, mistakes := recording.Parse("x.json", content)
		if (len(scripts) == 0) == (len(mistakes) == 0) {
			t.Errorf("%d scripts and %d mistakes", len(scripts), len(mistakes))
		}
		for _, m := range mistakes {
			if m.Line < 1 || m.Message == "" {
				t.Errorf("a mistake without place or message: %+v", m)
			}
		}
	})
}
