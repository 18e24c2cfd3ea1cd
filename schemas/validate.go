package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Violation is one place where a document does not fit its schema.
type Violation struct {
	Pointer string // JSON pointer (RFC 6901) of the place; "" is the document itself
	Keyword string // the keyword of the schema that is broken, such as "type" or "required"
	Member  string // for "required": the member that is missing
	Message string // what was expected and what was found, in words
}

// String returns pointer and message, such as "/capabilities/3: expected a string, found 7".
func (v Violation) String() string {
	if v.Pointer == "" {
		return v.Message
	}
	return v.Pointer + ": " + v.Message
}

// Validate checks a decoded JSON document (maps, slices, strings, numbers as json.Number or float64,
// booleans and nil) against the schema with that file name. Violations come in the order of their
// pointers, each once. An unknown schema or one that does not compile is a defect of the build, so it
// panics.
func Validate(name string, document any) []Violation {
	err := compiled(name).Validate(document)
	if err == nil {
		return nil
	}
	var broken *jsonschema.ValidationError
	if !errors.As(err, &broken) {
		return []Violation{{Message: err.Error()}}
	}
	found := map[Violation]bool{}
	for _, leaf := range leaves(broken) {
		for _, v := range explain(leaf, document) {
			found[v] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b Violation) int {
		return strings.Compare(sortKey(a), sortKey(b))
	})
}

// sortKey orders pointers as people read them: /keys/9 before /keys/10.
func sortKey(v Violation) string {
	var key strings.Builder
	for part := range strings.SplitSeq(v.Pointer, "/") {
		if n, err := strconv.Atoi(part); err == nil {
			part = fmt.Sprintf("%09d", n)
		}
		key.WriteString(part + "\x00")
	}
	return key.String() + v.Message
}

var cache sync.Map // file name → *jsonschema.Schema

func compiled(name string) *jsonschema.Schema {
	if schema, ok := cache.Load(name); ok {
		return schema.(*jsonschema.Schema)
	}
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	if err := compiler.AddResource(name, bytes.NewReader(File(name))); err != nil {
		panic(fmt.Errorf("schema %s: %w", name, err))
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		panic(fmt.Errorf("schema %s: %w", name, err))
	}
	cache.Store(name, schema)
	return schema
}

// leaves returns the innermost errors, which name what is really wrong. A contains keyword is a leaf:
// its causes only say why each item is not the wanted one.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 || keyword(e) == "contains" || keyword(e) == "minContains" {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

func keyword(e *jsonschema.ValidationError) string {
	return e.KeywordLocation[strings.LastIndex(e.KeywordLocation, "/")+1:]
}

// pointer returns the JSON pointer of an error; the library writes it percent-encoded.
func pointer(e *jsonschema.ValidationError) string {
	plain, err := url.PathUnescape(e.InstanceLocation)
	if err != nil {
		return e.InstanceLocation
	}
	return plain
}

func explain(e *jsonschema.ValidationError, document any) []Violation {
	place := pointer(e)
	value := at(document, place)
	one := func(message string) []Violation {
		return []Violation{{Pointer: place, Keyword: keyword(e), Message: message}}
	}
	switch keyword(e) {
	case "type":
		wanted, _, _ := strings.Cut(strings.TrimPrefix(e.Message, "expected "), ", but got ")
		return one(fmt.Sprintf("expected %s, found %s", article(wanted), show(value)))
	case "required":
		return missing(place, e.Message)
	case "minLength":
		return one("expected a text, found an empty one")
	case "minItems":
		return one("expected at least one item, found none")
	case "contains", "minContains":
		return one(fmt.Sprintf("the wanted item is missing from %s", show(value)))
	case "not":
		return one(fmt.Sprintf("holds an item that is not allowed: %s", show(value)))
	case "enum", "const":
		return one(fmt.Sprintf("%s, found %s", strings.Replace(e.Message, "value must be", "expected", 1), show(value)))
	case "pattern":
		return one(fmt.Sprintf("expected text of the form %s, found %s", strings.TrimPrefix(e.Message, "does not match pattern "), show(value)))
	default:
		return one(fmt.Sprintf("%s, found %s", e.Message, show(value)))
	}
}

// missing makes one violation for each member that the message of a required keyword lists.
func missing(place, message string) []Violation {
	var out []Violation
	for name := range strings.SplitSeq(strings.TrimPrefix(message, "missing properties: "), ", ") {
		name = strings.Trim(name, "'")
		out = append(out, Violation{
			Pointer: place, Keyword: "required", Member: name, Message: fmt.Sprintf("the member %s is missing", name),
		})
	}
	return out
}

func article(kind string) string {
	switch kind {
	case "array", "object", "integer":
		return "an " + kind
	default:
		return "a " + kind
	}
}

// shownLength bounds how much of a value stands in a message.
const shownLength = 60

// show writes a value into a message: short, on one line, arrays and objects by their size.
func show(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return fmt.Sprintf("an object with %d members", len(v))
	case []any:
		if len(v) > 5 {
			return fmt.Sprintf("an array of %d items", len(v))
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("a %T", value)
	}
	if runes := []rune(string(text)); len(runes) > shownLength {
		return string(runes[:shownLength]) + "…"
	}
	return string(text)
}

// at returns the value that a JSON pointer names, or nil.
func at(document any, pointer string) any {
	if pointer == "" {
		return document
	}
	for part := range strings.SplitSeq(pointer[1:], "/") {
		switch v := document.(type) {
		case map[string]any:
			document = v[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			document = v[i]
		default:
			return nil
		}
	}
	return document
}
