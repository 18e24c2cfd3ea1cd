package reporters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/smart-conformance/smartcheck/schemas"
)

// WriteJSON writes the record itself, results.json.
func WriteJSON(w io.Writer, r Results) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write results as JSON: %w", err)
	}
	return nil
}

// maxResults bounds what Read takes from a file that somebody else may have written.
const maxResults = 256 << 20

// Read reads a record that WriteJSON wrote. It fails when the text is longer than 256 MiB, is not
// JSON, does not fit the schema of results.json, or counts other findings than it holds; the error says
// where and what was expected.
func Read(in io.Reader) (Results, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxResults+1))
	switch {
	case err != nil:
		return Results{}, fmt.Errorf("read results: %w", err)
	case len(raw) > maxResults:
		return Results{}, fmt.Errorf("read results: longer than %d MiB; is this a results.json?", maxResults>>20)
	}
	if err := fitsSchema(raw); err != nil {
		return Results{}, fmt.Errorf("read results: %w", err)
	}
	var r Results
	if err := json.Unmarshal(raw, &r); err != nil {
		return Results{}, fmt.Errorf("read results: %w", err)
	}
	if counted := Summarize(r.Findings); counted != r.Summary {
		return Results{}, fmt.Errorf("read results: /summary: says %+v, but the findings are %+v; was the file edited?", r.Summary, counted)
	}
	return r, nil
}

var resultsSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	compiler.AssertFormat = true
	if err := compiler.AddResource(SchemaID, bytes.NewReader(schemas.File("results.schema.json"))); err != nil {
		return nil, err
	}
	return compiler.Compile(SchemaID)
})

// fitsSchema reports the first place where raw breaks the schema of results.json.
func fitsSchema(raw []byte) error {
	schema, err := resultsSchema()
	if err != nil {
		return fmt.Errorf("compile the schema of results.json: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return fmt.Errorf("not JSON: %w; expected a results.json", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the JSON document; expected one results.json")
	}
	return inWords(schema.Validate(document))
}

// inWords turns a validation error into its first leaf, with the JSON pointer of the place.
func inWords(err error) error {
	var broken *jsonschema.ValidationError
	if !errors.As(err, &broken) {
		return err
	}
	for len(broken.Causes) > 0 {
		broken = broken.Causes[0]
	}
	place := broken.InstanceLocation
	if place == "" {
		place = "the document"
	}
	return fmt.Errorf("%s: %s; expected a results.json of smartcheck", visible(place), visible(cut(broken.Message, 300)))
}
