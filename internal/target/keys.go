package target

import (
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/schemas"
)

// A Key is a key of the target file as its schema describes it.
type Key struct {
	Name string
	Path string // with the keys around it, such as clients.public.id; items of a list have no index
	// Description is Markdown. What stands before its first colon or semicolon says it alone.
	Description string
	Default     string // the value of the default, or ""
	Otherwise   string // what holds by default where that is no value, in Markdown, or ""
	Example     string // in YAML, on one line
	Type        string // of JSON; the first, when there are several
	Values      []string
	Min, Max    string // of an integer
	Required    bool   // in the mapping that holds it
	Definition  string // the name that the schema gives what several keys have in common, or ""
	Keys        []Key  // of a mapping, or of the mappings in a list
}

// Summary says in a few plain words what the key is for.
func (k Key) Summary() string {
	short := k.Description
	for _, end := range []string{": ", "; "} {
		short, _, _ = strings.Cut(short, end)
	}
	return strings.ReplaceAll(short, "`", "")
}

// IsSection reports whether the key holds a mapping and nothing else.
func (k Key) IsSection() bool { return k.Type == "object" && len(k.Keys) > 0 }

// ValueKeys returns those of the keys that hold values, at any depth. A list of mappings is one, and has some.
func ValueKeys(keys []Key) []Key {
	var all []Key
	for _, key := range keys {
		if !key.IsSection() {
			all = append(all, key)
		}
		all = append(all, ValueKeys(key.Keys)...)
	}
	return all
}

// Keys are the keys of the target file, in the order of the schema.
var Keys = sync.OnceValue(func() []Key {
	var document yaml.Node // JSON is YAML, and its nodes keep their order
	if err := yaml.Unmarshal(schemas.File("target.schema.json"), &document); err != nil {
		panic(err)
	}
	root := document.Content[0]
	return keysOf(root, member(root, "$defs"), "")
})

// keysOf returns the keys of a schema of a mapping that stands at path.
func keysOf(schema, definitions *yaml.Node, path string) []Key {
	required := map[string]bool{}
	for _, name := range items(member(schema, "required")) {
		required[name] = true
	}
	var keys []Key
	properties := member(schema, "properties")
	for i := 0; properties != nil && i+1 < len(properties.Content); i += 2 {
		key := keyOf(properties.Content[i].Value, properties.Content[i+1], definitions, path)
		key.Required = required[key.Name]
		keys = append(keys, key)
	}
	return keys
}

func keyOf(name string, schema, definitions *yaml.Node, path string) Key {
	key := Key{Name: name, Path: join(path, name)}
	key.Description, key.Otherwise, _ = strings.Cut(text(member(schema, "description")), "; by default ")
	key.Default = text(member(schema, "default"))
	if examples := member(schema, "examples"); examples != nil {
		key.Example = flow(examples.Content[0])
	} else if node := member(schema, "default"); node != nil {
		key.Example = flow(node)
	}
	shape := schema
	if definition, ok := strings.CutPrefix(text(member(schema, "$ref")), "#/$defs/"); ok {
		key.Definition, shape = definition, member(definitions, definition)
	}
	key.Type, key.Values = text(member(shape, "type")), items(member(shape, "enum"))
	if several := items(member(shape, "type")); len(several) > 0 {
		key.Type = several[0]
	}
	if constant := member(shape, "const"); constant != nil {
		key.Values = []string{constant.Value}
	}
	if of := member(shape, "items"); of != nil && len(key.Values) == 0 {
		key.Values = items(member(of, "enum"))
	}
	key.Min, key.Max = text(member(shape, "minimum")), text(member(shape, "maximum"))
	key.Keys = keysOf(shape, definitions, key.Path)
	if of, ok := strings.CutPrefix(text(member(member(shape, "items"), "$ref")), "#/$defs/"); ok {
		key.Keys = append(key.Keys, keysOf(member(definitions, of), definitions, key.Path)...)
	}
	return key
}

// member returns the value of a mapping under a name, or nil.
func member(mapping *yaml.Node, name string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func text(node *yaml.Node) string {
	if node == nil || node.Kind != yaml.ScalarNode {
		return ""
	}
	return node.Value
}

func items(list *yaml.Node) []string {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	var all []string
	for _, item := range list.Content {
		all = append(all, item.Value)
	}
	return all
}

// flow writes a value of the schema as YAML on one line.
func flow(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.SequenceNode:
		words := make([]string, len(node.Content))
		for i, item := range node.Content {
			words[i] = flow(item)
		}
		return "[" + strings.Join(words, ", ") + "]"
	case node.Kind == yaml.MappingNode:
		var pairs []string
		for i := 0; i+1 < len(node.Content); i += 2 {
			pairs = append(pairs, node.Content[i].Value+": "+flow(node.Content[i+1]))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case node.ShortTag() == "!!str":
		return wordYAML(node.Value)
	default:
		return node.Value
	}
}

var bareWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./:?=|-]*$`)

// wordYAML writes text as a YAML string, in quotes where it would be something else without them.
func wordYAML(text string) string {
	var read yaml.Node
	if bareWord.MatchString(text) && yaml.Unmarshal([]byte(text), &read) == nil && read.Content[0].ShortTag() == "!!str" {
		return text
	}
	quoted, err := quoteYAML(text)
	if err != nil {
		panic(err) // a string can be marshalled
	}
	return quoted
}
