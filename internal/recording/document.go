package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Mistake is one thing for which a recording is refused, and the line to change.
type Mistake struct {
	Line    int // counted from 1
	Message string
}

// maxDepth is how deep a recording may nest; the formats need eight levels.
const maxDepth = 32

// node is a JSON value that knows its line.
type node struct {
	line   int
	scalar any // string, json.Number, bool or nil
	object map[string]node
	list   []node
	isList bool
}

// read parses JSON into nodes.
func read(content []byte) (node, *Mistake) {
	var any json.RawMessage
	if err := json.Unmarshal(content, &any); err != nil {
		line := 1
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = lineAt(content, syntax.Offset)
		}
		return node{}, &Mistake{line, fmt.Sprintf("is not JSON (%v); export the recording as JSON", err)}
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	root, err := value(decoder, content, 0)
	if err != nil {
		return node{}, &Mistake{lineAt(content, decoder.InputOffset()), err.Error()}
	}
	return root, nil
}

func value(d *json.Decoder, content []byte, depth int) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, fmt.Errorf("is not JSON: %w", err)
	}
	n := node{line: lineAt(content, d.InputOffset())}
	if depth > maxDepth {
		return n, fmt.Errorf("nests deeper than %d levels", maxDepth)
	}
	switch token {
	case json.Delim('['):
		for n.isList = true; d.More(); {
			item, err := value(d, content, depth+1)
			if err != nil {
				return n, err
			}
			n.list = append(n.list, item)
		}
	case json.Delim('{'):
		for n.object = map[string]node{}; d.More(); {
			key, err := d.Token()
			if err != nil {
				return n, fmt.Errorf("is not JSON: %w", err)
			}
			if n.object[key.(string)], err = value(d, content, depth+1); err != nil {
				return n, err
			}
		}
	default:
		n.scalar = token
		return n, nil
	}
	if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) { // the closing bracket
		return n, fmt.Errorf("is not JSON: %w", err)
	}
	return n, nil
}

func lineAt(content []byte, offset int64) int {
	return bytes.Count(content[:min(int(offset), len(content))], []byte("\n")) + 1
}

// text returns the string that the node holds, or "".
func (n node) text() string {
	s, _ := n.scalar.(string)
	return s
}

// number returns the number that the node holds, or otherwise.
func (n node) number(otherwise float64) float64 {
	number, ok := n.scalar.(json.Number)
	if !ok {
		return otherwise
	}
	f, err := number.Float64()
	if err != nil {
		return otherwise
	}
	return f
}

func decimal(n int) string { return strconv.Itoa(n) }

// shown quotes a value for a message, cut to a length that fits on a line.
func shown(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		value = string(runes[:most]) + "…"
	}
	return strconv.Quote(value)
}
