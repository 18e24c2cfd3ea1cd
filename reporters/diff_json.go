package reporters

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteComparisonJSON writes a comparison as JSON; schemas/diff.schema.json describes it.
func WriteComparisonJSON(w io.Writer, c Comparison) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		return fmt.Errorf("write comparison as JSON: %w", err)
	}
	return nil
}
