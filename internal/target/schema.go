package target

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/smart-conformance/smartcheck/schemas"
)

const schemaURL = "target.schema.json"

// compiled returns every schema of the target file by its location, the whole one under "".
var compiled = sync.OnceValue(func() map[string]*jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	compiler.AssertFormat, compiler.ExtractAnnotations = true, true
	if err := compiler.AddResource(schemaURL, bytes.NewReader(schemas.File("target.schema.json"))); err != nil {
		panic(err)
	}
	root := compiler.MustCompile(schemaURL)
	all := map[string]*jsonschema.Schema{"": root}
	var visit func(*jsonschema.Schema)
	visit = func(s *jsonschema.Schema) {
		if s == nil || all[s.Location] != nil {
			return
		}
		all[s.Location] = s
		visit(s.Ref)
		visit(s.Items2020)
		for _, property := range s.Properties {
			visit(property)
		}
	}
	visit(root)
	return all
})

// checkSchema returns how value, a target file as JSON, breaks the schema. quote shows the value at a
// path in a message.
func checkSchema(value any, quote func(path string, value any) string) Mistakes {
	err := compiled()[""].Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return Mistakes{{Message: err.Error()}}
	}
	var mistakes Mistakes
	var visit func(*jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			visit(cause)
		}
		if len(e.Causes) == 0 {
			mistakes = append(mistakes, breach(e, value, quote)...)
		}
	}
	visit(invalid)
	return mistakes.sorted()
}

// breach says in words how one keyword of the schema is broken.
func breach(e *jsonschema.ValidationError, root any, quote func(string, any) string) Mistakes {
	where, value := resolve(root, e.InstanceLocation)
	location, keyword := path.Split(e.AbsoluteKeywordLocation)
	schema := compiled()[strings.TrimSuffix(location, "/")]
	if strings.HasSuffix(location, "#/") {
		schema = compiled()[""]
	}
	if schema == nil {
		return Mistakes{{Path: where, Message: fmt.Sprintf("%s: %s", where, e.Message)}}
	}
	at := where
	if at == "" {
		at = "the target file"
	}
	one := func(format string, args ...any) Mistakes {
		return Mistakes{{Path: where, Message: fmt.Sprintf(format, args...)}}
	}
	switch keyword {
	case "additionalProperties":
		return unknownKeys(where, value, schema)
	case "required":
		return missingKeys(where, at, value, schema)
	case "type":
		if schema.Types[0] == "string" && isNumberOrBool(value) {
			return one("%s", notString(at, quote(where, value), schema))
		}
		words := typeWords[schema.Types[0]]
		if len(schema.Types) > 1 {
			words = schema.Title
		}
		return one("%s must be %s, not %s", at, words, quote(where, value))
	case "enum":
		return one("%s is %s; expected one of %s", at, quote(where, value), list(schema.Enum))
	case "const":
		return one("%s is %s; expected %v", at, quote(where, value), schema.Constant[0])
	case "pattern", "format", "minLength", "maxLength":
		return one("%s is %s; expected %s", at, quote(where, value), schema.Title)
	case "minimum", "maximum":
		return one("%s is %s; expected %s to %s", at, quote(where, value), number(schema.Minimum), number(schema.Maximum))
	case "minItems":
		return one("%s is an empty list; expected %s", at, schema.Title)
	case "uniqueItems":
		return one("%s names %s twice", at, repeated(value))
	default:
		return one("%s: %s", at, e.Message)
	}
}

var typeWords = map[string]string{
	"object": "a mapping", "array": "a list", "string": "a string", "boolean": "true or false",
	"integer": "a whole number",
}

// notString says what to write instead of a number or a truth value.
func notString(at, value string, schema *jsonschema.Schema) string {
	switch {
	case schema.Validate(value) == nil:
		return fmt.Sprintf("%s must be a string; write %s in quotes", at, value)
	case schema.Enum != nil:
		return fmt.Sprintf("%s is %s; expected one of %s", at, value, list(schema.Enum))
	default:
		return fmt.Sprintf("%s is %s; expected %s", at, value, schema.Title)
	}
}

func unknownKeys(where string, value any, schema *jsonschema.Schema) Mistakes {
	var known []string
	for key := range schema.Properties {
		known = append(known, key)
	}
	sort.Strings(known)
	var mistakes Mistakes
	for key := range value.(map[string]any) {
		if schema.Properties[key] != nil {
			continue
		}
		message := "unknown key " + shown(key)
		if where != "" {
			message += " in " + where
		}
		if near := nearest(key, known); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		} else {
			message += "; known keys are " + strings.Join(known, ", ")
		}
		mistakes = append(mistakes, Mistake{Path: join(where, key), Message: message, onKey: true})
	}
	return mistakes
}

func missingKeys(where, at string, value any, schema *jsonschema.Schema) Mistakes {
	var mistakes Mistakes
	for _, key := range schema.Required {
		if _, ok := value.(map[string]any)[key]; !ok {
			mistakes = append(mistakes, Mistake{
				Path: join(where, key), Message: fmt.Sprintf("%s lacks %q: %s", at, key, Key{Description: schema.Properties[key].Description}.Summary()),
			})
		}
	}
	return mistakes
}

// resolve returns the value that a JSON pointer leads to, and the pointer as a path.
func resolve(root any, pointer string) (where string, value any) {
	value = root
	for _, token := range strings.Split(pointer, "/")[1:] {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch container := value.(type) {
		case map[string]any:
			where, value = join(where, token), container[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(container) {
				return where, nil
			}
			where, value = fmt.Sprintf("%s[%d]", where, i), container[i]
		}
	}
	return where, value
}

// describe shows a value of a target file in a message.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "empty"
	case string:
		return shown(v)
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	default:
		return fmt.Sprint(v)
	}
}

func isNumberOrBool(value any) bool {
	switch value.(type) {
	case nil, string, map[string]any, []any:
		return false
	}
	return true
}

func list(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

func number(r *big.Rat) string { return r.RatString() }

func repeated(value any) string {
	seen := map[string]bool{}
	items, _ := value.([]any)
	for _, item := range items {
		text := describe(item)
		if seen[text] {
			return text
		}
		seen[text] = true
	}
	return "a value"
}
