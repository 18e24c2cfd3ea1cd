package reporters_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// xsd is an XML Schema of the subset that testdata/junit.xsd uses: global elements that refer to each
// other, sequences and choices, attributes, and patterns. loadXSD refuses anything else, so that the
// schema cannot say more than is checked.
type xsd struct {
	elements map[string]xsdElement
	complex  map[string]xsdComplex
	simple   map[string]*regexp.Regexp
}

type xsdElement struct {
	Name    string      `xml:"name,attr"`
	Type    string      `xml:"type,attr"`
	Complex *xsdComplex `xml:"complexType"`
}

type xsdComplex struct {
	Name       string         `xml:"name,attr"`
	Mixed      bool           `xml:"mixed,attr"`
	Sequence   *xsdGroup      `xml:"sequence"`
	Attributes []xsdAttribute `xml:"attribute"`
}

type xsdAttribute struct {
	Name string `xml:"name,attr"`
	Type string `xml:"type,attr"`
	Use  string `xml:"use,attr"`
}

// xsdGroup is an element reference, a sequence or a choice, with how often it may occur.
type xsdGroup struct {
	XMLName xml.Name
	Ref     string     `xml:"ref,attr"`
	Min     string     `xml:"minOccurs,attr"`
	Max     string     `xml:"maxOccurs,attr"`
	Parts   []xsdGroup `xml:",any"`
}

var xsdKnown = map[string]bool{
	"schema": true, "element": true, "complexType": true, "sequence": true, "choice": true, "attribute": true,
	"simpleType": true, "restriction": true, "pattern": true,
}

func loadXSD(file string) (xsd, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return xsd{}, err
	}
	for _, m := range regexp.MustCompile(`<xs:(\w+)`).FindAllSubmatch(raw, -1) {
		if !xsdKnown[string(m[1])] {
			return xsd{}, fmt.Errorf("%s uses xs:%s, which this validator does not know", file, m[1])
		}
	}
	var document struct {
		Elements []xsdElement `xml:"element"`
		Complex  []xsdComplex `xml:"complexType"`
		Simple   []struct {
			Name    string `xml:"name,attr"`
			Pattern struct {
				Value string `xml:"value,attr"`
			} `xml:"restriction>pattern"`
		} `xml:"simpleType"`
	}
	if err := xml.Unmarshal(raw, &document); err != nil {
		return xsd{}, err
	}
	schema := xsd{
		elements: map[string]xsdElement{}, complex: map[string]xsdComplex{},
		simple: map[string]*regexp.Regexp{
			"xs:string":             regexp.MustCompile(`(?s)^.*$`),
			"xs:nonNegativeInteger": regexp.MustCompile(`^\+?[0-9]+$`),
		},
	}
	for _, s := range document.Simple {
		schema.simple[s.Name] = regexp.MustCompile(`^(?:` + s.Pattern.Value + `)$`)
	}
	for _, c := range document.Complex {
		schema.complex[c.Name] = c
	}
	for _, e := range document.Elements {
		schema.elements[e.Name] = e
	}
	return schema, nil
}

// node is an element of the document under validation.
type node struct {
	name       string
	attributes map[string]string
	children   []*node
	text       string
}

func parseXML(raw []byte) (*node, error) {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	root := &node{}
	open := []*node{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		parent := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &node{name: t.Name.Local, attributes: map[string]string{}}
			for _, a := range t.Attr {
				child.attributes[a.Name.Local] = a.Value
			}
			parent.children = append(parent.children, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			parent.text += string(t)
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("%d root elements", len(root.children))
	}
	return root.children[0], nil
}

// validate returns what in the document breaks the schema.
func (s xsd) validate(raw []byte) error {
	root, err := parseXML(raw)
	if err != nil {
		return err
	}
	return s.element(root, "")
}

func (s xsd) element(n *node, path string) error {
	path += "/" + n.name
	declared, ok := s.elements[n.name]
	if !ok {
		return fmt.Errorf("%s is not declared", path)
	}
	if pattern, ok := s.simple[declared.Type]; ok {
		if len(n.children) > 0 || len(n.attributes) > 0 || !pattern.MatchString(n.text) {
			return fmt.Errorf("%s does not fit %s", path, declared.Type)
		}
		return nil
	}
	content := s.complex[declared.Type]
	if declared.Complex != nil {
		content = *declared.Complex
	}
	if !content.Mixed && strings.TrimSpace(n.text) != "" {
		return fmt.Errorf("%s holds text: %q", path, n.text)
	}
	if err := s.attributes(n, content, path); err != nil {
		return err
	}
	return s.children(n, content, path)
}

func (s xsd) attributes(n *node, content xsdComplex, path string) error {
	declared := map[string]bool{}
	for _, a := range content.Attributes {
		declared[a.Name] = true
		value, present := n.attributes[a.Name]
		pattern, known := s.simple[a.Type]
		switch {
		case !known:
			return fmt.Errorf("%s/@%s has the unknown type %s", path, a.Name, a.Type)
		case !present && a.Use == "required":
			return fmt.Errorf("%s lacks @%s", path, a.Name)
		case present && !pattern.MatchString(value):
			return fmt.Errorf("%s/@%s is %q, not a %s", path, a.Name, value, a.Type)
		}
	}
	for name := range n.attributes {
		if !declared[name] {
			return fmt.Errorf("%s/@%s is not declared", path, name)
		}
	}
	return nil
}

// children matches the names of the child elements against the content model, written as a regular
// expression over "<name>".
func (s xsd) children(n *node, content xsdComplex, path string) error {
	var names strings.Builder
	for _, child := range n.children {
		fmt.Fprintf(&names, "<%s>", child.name)
	}
	model := ""
	if content.Sequence != nil {
		model = content.Sequence.expression()
	}
	if !regexp.MustCompile("^" + model + "$").MatchString(names.String()) {
		return fmt.Errorf("%s holds %s, expected %s", path, names.String(), model)
	}
	for _, child := range n.children {
		if err := s.element(child, path); err != nil {
			return err
		}
	}
	return nil
}

func (g xsdGroup) expression() string {
	var parts []string
	for _, part := range g.Parts {
		parts = append(parts, part.expression())
	}
	var body string
	switch g.XMLName.Local {
	case "choice":
		body = strings.Join(parts, "|")
	case "sequence":
		body = strings.Join(parts, "")
	default:
		body = "<" + g.Ref + ">"
	}
	return "(?:" + body + ")" + map[[2]string]string{
		{"", ""}: "", {"1", ""}: "", {"0", ""}: "?", {"0", "unbounded"}: "*", {"1", "unbounded"}: "+",
	}[[2]string{g.Min, g.Max}]
}

// TestXSDRefuses shows that the validator can say no, one rule at a time.
func TestXSDRefuses(t *testing.T) {
	schema, err := loadXSD("testdata/junit.xsd")
	if err != nil {
		t.Fatal(err)
	}
	suite := func(inner string) string {
		return `<testsuites><testsuite name="a" tests="1" failures="0" errors="0">` + inner + `</testsuite></testsuites>`
	}
	if err := schema.validate([]byte(suite(`<testcase name="n" classname="c"/>`))); err != nil {
		t.Fatalf("a valid document is refused: %v", err)
	}
	for name, document := range map[string]string{
		"unknown root":            `<report/>`,
		"unknown element":         suite(`<step/>`),
		"unknown attribute":       suite(`<testcase name="n" classname="c" label="x"/>`),
		"missing attribute":       suite(`<testcase name="n"/>`),
		"empty name":              suite(`<testcase name="" classname="c"/>`),
		"time with a unit":        suite(`<testcase name="n" classname="c" time="1.5s"/>`),
		"count that is no number": `<testsuites tests="many"/>`,
		"zoned timestamp":         `<testsuites><testsuite name="a" tests="0" failures="0" errors="0" timestamp="2026-01-01T00:00:00Z"/></testsuites>`,
		"wrong order":             suite(`<testcase name="n" classname="c"><system-out/><failure type="SHALL"/></testcase>`),
		"two outcomes":            suite(`<testcase name="n" classname="c"><failure type="SHALL"/><error type="error"/></testcase>`),
		"empty properties":        suite(`<testcase name="n" classname="c"><properties/></testcase>`),
		"text between elements":   suite(`text<testcase name="n" classname="c"/>`),
		"element in text":         suite(`<testcase name="n" classname="c"><system-out><b/></system-out></testcase>`),
		"not well-formed":         `<testsuites>`,
	} {
		if err := schema.validate([]byte(document)); err == nil {
			t.Errorf("%s: accepted: %s", name, document)
		}
		if _, err := exec.LookPath("xmllint"); err == nil {
			if _, ok := xmllint(t, []byte(document)); ok {
				t.Errorf("%s: accepted by xmllint: %s", name, document)
			}
		}
	}
}

// xmllint validates with libxml2 on machines that have its command, and says yes on others.
func xmllint(t *testing.T, document []byte) (output string, ok bool) {
	t.Helper()
	command, err := exec.LookPath("xmllint")
	if err != nil {
		return "", true
	}
	file := filepath.Join(t.TempDir(), "document.xml")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), command, "--noout", "--nonet", "--schema", "testdata/junit.xsd", file).CombinedOutput()
	return string(out), err == nil
}
