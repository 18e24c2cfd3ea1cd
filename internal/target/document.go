package target

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxDepth is how deep a target file may nest; the format itself needs five levels.
const maxDepth = 32

type position struct{ line, column int }

// document is a target file on its way to a Config: its nodes, where they stand, and what was found
// wrong so far. go.yaml.in/yaml/v4 gives each node, keys and repeated keys too, a line and a column.
type document struct {
	file     string
	env      func(string) (string, bool) // nil: ${ is text
	root     *yaml.Node
	values   map[string]position
	keys     map[string]position
	written  map[string]string // the text as written of the values that hold a variable
	bad      map[string]bool   // the paths that a mistake was found at
	mistakes Mistakes
	users    map[UserRole]User // whose passwords no recording may hold
}

// parse reads YAML into the document and returns it as JSON would have it. A file that is no YAML
// mapping has no value, only mistakes.
func (d *document) parse(raw []byte) (value any) {
	d.values, d.keys = map[string]position{"": {1, 1}}, map[string]position{}
	d.written, d.bad = map[string]string{}, map[string]bool{}
	if at, found := binary(raw); found {
		d.reportAt(at, "", "is not text in UTF-8 from here on")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(raw))
	if err != nil {
		d.report("", err.Error())
		return nil
	}
	var content, more yaml.Node
	switch err := loader.Load(&content); {
	case errors.Is(err, io.EOF):
		d.report("", `is empty; write one with "smartcheck init URL"`)
		return nil
	case err != nil:
		d.syntax(err, raw)
		return nil
	}
	if err := loader.Load(&more); err == nil {
		d.reportAt(position{more.Line, more.Column}, "", "holds a second YAML document; write one target per file")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err, raw)
	}
	d.root = content.Content[0]
	if d.root.Kind != yaml.MappingNode {
		if d.root.ShortTag() == "!!null" {
			d.report("", `is empty; write one with "smartcheck init URL"`)
			return nil
		}
		d.reportAt(position{d.root.Line, d.root.Column}, "", "is not a mapping; a target file begins with version: 1")
		return nil
	}
	return d.value(d.root, "", 0)
}

// binary finds the first place that is not UTF-8 or that holds a control character.
func binary(raw []byte) (position, bool) {
	at := position{1, 1}
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError && size == 1, unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r):
			return at, true
		case r == '\n':
			at = position{at.line + 1, 0}
		}
		at.column++
		raw = raw[size:]
	}
	return position{}, false
}

// syntax reports an error of the YAML parser, which stops at the first.
func (d *document) syntax(err error, raw []byte) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		d.report("", "is not YAML: "+err.Error())
		return
	}
	at := position{max(load.Mark.Line, 1), max(load.Mark.Column, 1)}
	message := "is not YAML: " + load.Message
	if load.ContextMsg != "" {
		message += " " + load.ContextMsg
		if load.ContextMark.Line > 0 && load.ContextMark.Line != at.line {
			message += fmt.Sprintf(" that begins on line %d", load.ContextMark.Line)
		}
	}
	if lines := strings.Split(string(raw), "\n"); at.line <= len(lines) {
		if line := lines[at.line-1]; strings.Contains(line, "{") && strings.Contains(line, ": ${") {
			message += `; inside { } write a variable in quotes: "${NAME}"`
		}
	}
	d.reportAt(at, "", message)
}

// value returns the node as JSON would have it, with variables put in place. It drops from the node
// what is empty and what cannot be read.
func (d *document) value(node *yaml.Node, path string, depth int) any {
	if depth > maxDepth {
		d.report(path, fmt.Sprintf("nests deeper than %d levels", maxDepth))
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		if variable, ok := secretAt(path); ok && strings.HasSuffix(path, ".key") {
			d.report(path, fmt.Sprintf("%s is a private key written in the file; write ${%s} or the name of a key file instead", path, variable))
			return map[string]any{}
		}
		return d.mapping(node, path, depth)
	case yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, item := range node.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.values[at] = position{item.Line, item.Column}
			list[i] = d.value(item, at, depth+1)
		}
		return list
	case yaml.ScalarNode:
		return d.scalar(node, path)
	default:
		d.report(path, "aliases are not read in a target file; write the value again")
		return nil
	}
}

func (d *document) mapping(node *yaml.Node, path string, depth int) any {
	object := make(map[string]any, len(node.Content)/2)
	kept := node.Content[:0:0]
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.reportAt(position{key.Line, key.Column}, "", "a key must be a word")
			continue
		}
		at := join(path, key.Value)
		if first, ok := d.keys[at]; ok {
			d.reportAt(position{key.Line, key.Column}, "", fmt.Sprintf("%s is given twice, first on line %d", at, first.line))
			continue
		}
		d.keys[at] = position{key.Line, key.Column}
		if value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null" {
			continue
		}
		d.values[at] = position{value.Line, value.Column}
		object[key.Value] = d.value(value, at, depth+1)
		kept = append(kept, key, value)
	}
	node.Content = kept
	return object
}

func (d *document) scalar(node *yaml.Node, path string) any {
	switch tag := node.ShortTag(); {
	case d.refuseLiteralSecret(node.Value, path):
		return node.Value
	case tag == "!!str", tag == "!!timestamp":
		node.Tag = "!!str"
		return d.interpolate(node, path)
	case tag == "!!null":
		return nil
	case tag == "!!bool", tag == "!!int", tag == "!!float":
		var value any
		if err := node.Decode(&value); err != nil {
			return node.Value
		}
		if f, ok := value.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
			return node.Value
		}
		return value
	default:
		d.report(path, fmt.Sprintf("%s has the tag %s, which a target file does not use", path, tag))
		return node.Value
	}
}

// report notes a mistake about the value at path, which is not judged any further.
func (d *document) report(path, message string) {
	d.reportAt(d.locate(Mistake{Path: path}), path, message)
}

func (d *document) reportAt(at position, path, message string) {
	if path != "" {
		d.bad[path] = true
	}
	d.mistakes = append(d.mistakes, Mistake{File: d.file, Line: at.line, Column: at.column, Path: path, Message: message})
}

// add notes mistakes that know only their path. It leaves out those about a value that has one already.
func (d *document) add(mistakes Mistakes) {
	known := make(map[string]bool, len(d.bad))
	for path := range d.bad {
		known[path] = true
	}
	for _, m := range mistakes {
		if !under(m.Path, known) {
			d.reportAt(d.locate(m), m.Path, m.Message)
		}
	}
}

// locate finds where a mistake stands: at the value or, for an unknown key, at the key; a value that is
// missing is located at the nearest key around it.
func (d *document) locate(m Mistake) position {
	if at, ok := d.keys[m.Path]; ok && m.onKey {
		return at
	}
	if at, ok := d.values[m.Path]; ok {
		return at
	}
	for path := parent(m.Path); path != ""; path = parent(path) {
		if at, ok := d.keys[path]; ok {
			return at
		}
	}
	return position{1, 1}
}

// prune removes from the node everything that a mistake was found at, so that the rest can be decoded
// and judged too.
func (d *document) prune(node *yaml.Node, path string) {
	var kept []*yaml.Node
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if at := join(path, node.Content[i].Value); !d.bad[at] {
				d.prune(node.Content[i+1], at)
				kept = append(kept, node.Content[i], node.Content[i+1])
			}
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			if at := fmt.Sprintf("%s[%d]", path, i); !d.bad[at] {
				d.prune(item, at)
				kept = append(kept, item)
			}
		}
	default:
		return
	}
	node.Content = kept
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// parent returns the path of the mapping or list that holds the value at path.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

func under(path string, set map[string]bool) bool {
	for ; path != ""; path = parent(path) {
		if set[path] {
			return true
		}
	}
	return false
}
