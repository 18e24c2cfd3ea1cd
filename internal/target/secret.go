package target

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"go.yaml.in/yaml/v4"
)

const redacted = "[redacted]"

// Secret is a password, a client secret or a private key. It prints and marshals as "[redacted]";
// only Reveal gives it away. The value stands behind a pointer because fmt prints unexported fields
// without asking their String method.
type Secret struct{ value *string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal returns the value, or "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// Format writes "[redacted]", whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON returns "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// MarshalYAML returns a reference to a variable, as a target file must have in its place.
func (s Secret) MarshalYAML() (any, error) { return "${REDACTED}", nil }

// UnmarshalYAML takes the text of the node.
func (s *Secret) UnmarshalYAML(node *yaml.Node) error {
	*s = NewSecret(node.Value)
	return nil
}
