package profile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/schemas"
)

// parse reads a profile. The error names every mistake with its line.
func parse(name string, raw []byte) (Profile, error) {
	var root yaml.Node
	if err := yaml.Load(raw, &root); err != nil {
		return Profile{}, fmt.Errorf("profile %s: not one YAML mapping: %w", name, err)
	}
	top := &root
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		top = root.Content[0]
	}
	var document any
	if err := top.Load(&document); err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	if mistakes := againstSchema(top, document); len(mistakes) > 0 {
		return Profile{}, fmt.Errorf("profile %s: %w", name, errors.Join(mistakes...))
	}
	var p Profile
	if err := top.Load(&p, yaml.WithKnownFields()); err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	number(p.Checks, at(top, "/checks"))
	number(p.Without, at(top, "/without"))
	if mistakes := p.mistakes(top); len(mistakes) > 0 {
		return Profile{}, fmt.Errorf("profile %s: %w", name, errors.Join(mistakes...))
	}
	return p, nil
}

// againstSchema returns where a document breaks the schema of profiles, in the order of its lines.
func againstSchema(top *yaml.Node, document any) []error {
	type mistake struct {
		line int
		text string
	}
	var mistakes []mistake
	for _, v := range schemas.Validate("profile.schema.json", document) {
		mistakes = append(mistakes, mistake{lineOf(at(top, v.Pointer), v), inWords(v)})
	}
	slices.SortStableFunc(mistakes, func(a, b mistake) int { return a.line - b.line })
	var out []error
	for _, m := range slices.Compact(mistakes) {
		out = append(out, fmt.Errorf("line %d: %s", m.line, m.text))
	}
	return out
}

// lineOf is where a violation stands. An unknown key stands on a line of its own.
func lineOf(node *yaml.Node, v schemas.Violation) int {
	if v.Keyword == "additionalProperties" && node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if strings.Contains(unknownKeys(v), "'"+node.Content[i].Value+"'") {
				return node.Content[i].Line
			}
		}
	}
	return node.Line
}

// unknownKeys are the keys that a violation names, in quotes.
func unknownKeys(v schemas.Violation) string {
	keys, _, _ := strings.Cut(strings.TrimPrefix(v.Message, "additionalProperties "), " not allowed")
	return keys
}

// inWords says what is wrong where the words of the schema do not say it to people.
func inWords(v schemas.Violation) string {
	ofSets := strings.HasPrefix(v.Pointer, "/sets/")
	switch {
	case v.Keyword == "additionalProperties":
		return "unknown key " + unknownKeys(v)
	case strings.Contains(v.Message, "if 'required' property exists"): // the keyword is the place of check in a list
		return "required: true goes with one check, not with an area or a requirement"
	case v.Keyword == "oneOf" && ofSets:
		return "has both all and any; make two lines of it"
	case v.Keyword == "oneOf":
		return "names more than one of check, area and requirement; make lines of their own of them"
	case v.Member == "all" || v.Member == "any":
		return "names no capability sets; write all: or any: with a list"
	case v.Member == "check" || v.Member == "area" || v.Member == "requirement":
		return "names nothing; write check:, area: or requirement:"
	default:
		return v.String()
	}
}

// at returns the node that a JSON pointer names, or the nearest one around it.
func at(node *yaml.Node, pointer string) *yaml.Node {
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		inner := child(node, part)
		if inner == nil {
			break
		}
		node = inner
	}
	return node
}

func child(node *yaml.Node, name string) *yaml.Node {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == name {
				return node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// number keeps where each line stands in the file.
func number(lines []Line, list *yaml.Node) {
	for i := range lines {
		lines[i].line = list.Content[i].Line
	}
}

// mistakes returns what the schema cannot see: names that do not exist, and lines that contradict each
// other.
func (p Profile) mistakes(top *yaml.Node) []error {
	var found []error
	report := func(line int, err error) {
		if err != nil {
			found = append(found, fmt.Errorf("line %d: %w", line, err))
		}
	}
	for i, sets := range p.Sets {
		for _, name := range append(sets.All, sets.Any...) {
			if _, ok := checks.SetNamed(name); !ok {
				report(at(top, fmt.Sprintf("/sets/%d", i)).Line, unknown("capability set", name, setNames()))
			}
		}
	}
	seen := map[string]int{}
	for _, l := range append(p.Checks[:len(p.Checks):len(p.Checks)], p.Without...) {
		if first, again := seen[l.selector()]; again {
			report(l.line, fmt.Errorf("%s stands on line %d already; keep one of them", l.selector(), first))
			continue
		}
		seen[l.selector()] = l.line
		report(l.line, l.mistake())
	}
	if len(found) > 0 {
		return found
	}
	found = append(p.contradictions(), p.outOfVersion()...)
	if _, err := p.Select(checks.All()); len(found) == 0 && err != nil {
		found = append(found, err)
	}
	return found
}

// outOfVersion returns the checks that lines name and that hold in no version of the profile, so that they would
// never be run.
func (p Profile) outOfVersion() []error {
	var found []error
	for _, l := range p.Checks {
		if c, ok := checks.Lookup(l.Check); ok && !slices.ContainsFunc(p.Versions, c.In) {
			found = append(found, fmt.Errorf("line %d: %s holds in SMART App Launch %s, and the profile adopts %s", l.line, c.ID, inWordsOf(c.Versions), p.versions()))
		}
	}
	return found
}

func setNames() []string {
	var names []string
	for _, set := range checks.Sets() {
		names = append(names, set.Name)
	}
	return names
}

// contradictions returns levels that two lines give to one check differently, levels that are lower than
// that of a check and say no reason, and lines that say what others take back.
func (p Profile) contradictions() []error {
	var found []error
	first := map[string]Line{}
	for _, l := range p.Checks {
		for _, c := range l.selects(checks.All()) {
			switch other, again := first[c.ID]; {
			case l.Check != "" && p.leavesOut(c):
				found = append(found, fmt.Errorf("line %d: %s is named here and left out below", l.line, c.ID))
			case l.Level == "":
				continue
			case again && other.Level != l.Level:
				found = append(found, fmt.Errorf("line %d: %s has the level %s here and %s on line %d", l.line, c.ID, l.Level, other.Level, other.line))
			case l.Level.Strength() < c.Level.Strength() && l.Reason == "":
				found = append(found, fmt.Errorf("line %d: %s is %s, and %s is lower; say why with reason:", l.line, c.ID, c.Level, l.Level))
			}
			first[c.ID] = l
		}
	}
	return found
}
