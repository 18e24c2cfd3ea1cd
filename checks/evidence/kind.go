// Package evidence holds what probes saw, as plain data with JSON forms. Values never hold a secret in
// clear: a token, a code or a password is a Secret.
package evidence

import (
	"encoding/json"
	"fmt"
)

// Kind names a piece of evidence and fixes its type, so that a probe and a check can meet only there.
type Kind[T any] struct{ name string }

// NewKind declares a kind. Names are kebab-case with an area, such as "token.code-replay".
func NewKind[T any](name string) Kind[T] { return Kind[T]{name: name} }

// Name returns the name of the kind.
func (k Kind[T]) Name() string { return k.name }

// Record is one piece of evidence of a run: a value, or the reason why there is none.
type Record struct {
	Kind  string `json:"kind"`
	Value any    `json:"value,omitempty"` // of the kind's type, or json.RawMessage when read back
	// Exchanges are the ids of the exchanges that the probe made, in order.
	Exchanges []string `json:"exchanges,omitempty"`
	Skip      string   `json:"skip,omitempty"`  // why the probe was not run
	Error     string   `json:"error,omitempty"` // why the probe saw nothing that can be judged
}

// As returns value as a T, decoding it when it was read back from JSON.
func As[T any](value any) (T, error) {
	switch v := value.(type) {
	case T:
		return v, nil
	case json.RawMessage:
		var out T
		if err := json.Unmarshal(v, &out); err != nil {
			return out, fmt.Errorf("recorded evidence does not fit %T: %w", out, err)
		}
		return out, nil
	default:
		var want T
		return want, fmt.Errorf("evidence is a %T, expected a %T", value, want)
	}
}
