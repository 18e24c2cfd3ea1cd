package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deeply arrays and objects may be nested before a text is refused.
const MaxDepth = 64

// JSON is a parsed JSON text, with what is wrong with it.
type JSON struct {
	// Value is a map[string]any, []any, string, json.Number, bool or nil. Of members with the same
	// name it holds the last one, as most parsers do.
	Value any
	// Problem says why the text is not JSON, with the byte offset; "" when it is.
	Problem string
	// Flaws are departures from RFC 8259 that many parsers let pass, such as invalid UTF-8.
	Flaws []string
	// Duplicates are the JSON pointers of members whose name occurs more than once in their object.
	Duplicates []Duplicate
}

// Duplicate is a member name that occurs more than once in one object.
type Duplicate struct {
	Pointer   string
	Different bool // the values differ, so that parsers disagree about the document
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// ParseJSON parses one JSON text (RFC 8259). It accepts what common parsers accept and reports it:
// duplicate names, invalid UTF-8 and a byte order mark.
func ParseJSON(text []byte) JSON {
	p := newJSONParser(text)
	if p.Problem != "" {
		return p.JSON
	}
	value, err := p.value()
	if err == nil {
		err = p.end()
	}
	if err != nil {
		p.Problem = p.explain(err)
		return p.JSON
	}
	p.Value = value
	return p.JSON
}

type jsonParser struct {
	JSON
	decoder *jsontext.Decoder
}

// newJSONParser begins to parse a text, which has a problem when it is empty.
func newJSONParser(text []byte) jsonParser {
	var p jsonParser
	if bytes.HasPrefix(text, byteOrderMark) {
		p.flaw("the text begins with a byte order mark")
		text = text[len(byteOrderMark):]
	}
	if at := invalidUTF8(text); at >= 0 {
		p.flaw(fmt.Sprintf("the text is not UTF-8 at byte %d", at))
	}
	if len(bytes.TrimSpace(text)) == 0 {
		p.Problem = "the text is empty"
	}
	p.decoder = jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return p
}

func (p *jsonParser) flaw(s string) { p.Flaws = append(p.Flaws, s) }

var errTooDeep = fmt.Errorf("nested more than %d levels deep", MaxDepth)

func (p *jsonParser) value() (any, error) {
	if p.decoder.StackDepth() > MaxDepth {
		return nil, errTooDeep
	}
	token, err := p.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

func (p *jsonParser) object() (any, error) {
	members := map[string]any{}
	for p.decoder.PeekKind() == '"' {
		token, err := p.decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		pointer := ""
		earlier, twice := members[name]
		if twice {
			pointer = string(p.decoder.StackPointer())
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		if twice {
			p.Duplicates = append(p.Duplicates, Duplicate{Pointer: pointer, Different: !sameJSON(earlier, value)})
		}
		members[name] = value
	}
	_, err := p.decoder.ReadToken()
	return members, err
}

func (p *jsonParser) array() (any, error) {
	items := []any{}
	for {
		switch p.decoder.PeekKind() {
		case ']':
			_, err := p.decoder.ReadToken()
			return items, err
		default:
			item, err := p.value()
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
	}
}

// end reports text after the document.
func (p *jsonParser) end() error {
	ends := p.decoder.InputOffset()
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("there is more text after the JSON document, which ends at byte %d", ends)
	}
	return nil
}

func (p *jsonParser) explain(err error) string {
	if errors.Is(err, errTooDeep) {
		return fmt.Sprintf("the text is %v, at byte %d", err, p.decoder.InputOffset())
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	within := ""
	if syntax.JSONPointer != "" {
		within = fmt.Sprintf(", in %.100s", string(syntax.JSONPointer))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("the text ends in the middle of the document, after byte %d%s", syntax.ByteOffset, within)
	}
	return fmt.Sprintf("%v at byte %d%s", syntax.Err, syntax.ByteOffset, within)
}

func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// sameJSON compares two parsed values as text, which settles the order of members.
func sameJSON(a, b any) bool {
	left, _ := json.Marshal(a)
	right, _ := json.Marshal(b)
	return bytes.Equal(left, right)
}
