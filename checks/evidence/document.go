package evidence

import (
	"encoding/json"
	"sync"
	"unicode/utf8"
)

// Document is one JSON document as a server sent it or as it was saved, not yet trusted to be JSON.
type Document struct {
	URL    string     `json:"url,omitempty"`  // where it was asked for
	File   string     `json:"file,omitempty"` // the name of the saved document
	Hops   []Redirect `json:"hops,omitempty"` // the redirects that were followed, in order
	Status int        `json:"status,omitempty"`
	Header Headers    `json:"header,omitempty"`
	Text   string     `json:"text,omitempty"` // the body when it is UTF-8
	Raw    []byte     `json:"raw,omitempty"`  // the body when it is not
	// Truncated says that the body is longer than what was read.
	Truncated bool   `json:"truncated,omitempty"`
	Exchange  string `json:"exchange,omitempty"` // id of the last exchange
	// Problem says why there is no answer to judge, in words for people.
	Problem string `json:"problem,omitempty"`
	// Misdirected says why a redirect was not followed, in words for people.
	Misdirected string `json:"misdirected,omitempty"`

	parsed *parsed
}

// Redirect is one answer that named another address.
type Redirect struct {
	URL      string `json:"url"`
	Status   int    `json:"status"`
	Location string `json:"location"`
	Exchange string `json:"exchange,omitempty"`
}

// parsed holds the parsed text of a document and is shared by its copies.
type parsed struct {
	once sync.Once
	json JSON
}

// NewDocument returns a document with that body.
func NewDocument(body []byte) Document {
	d := Document{parsed: &parsed{}}
	if utf8.Valid(body) {
		d.Text = string(body)
	} else {
		d.Raw = body
	}
	return d
}

// UnmarshalJSON reads a document back from recorded evidence.
func (d *Document) UnmarshalJSON(raw []byte) error {
	type plain Document
	if err := json.Unmarshal(raw, (*plain)(d)); err != nil {
		return err
	}
	d.parsed = &parsed{}
	return nil
}

// Body returns the bytes of the document.
func (d Document) Body() []byte {
	if d.Raw != nil {
		return d.Raw
	}
	return []byte(d.Text)
}

// JSON parses the body. It is parsed once for all copies of the document.
func (d Document) JSON() JSON {
	if d.parsed == nil {
		return ParseJSON(d.Body())
	}
	d.parsed.once.Do(func() { d.parsed.json = ParseJSON(d.Body()) })
	return d.parsed.json
}

// Object returns the members of the JSON object that the document is. ok is false when there is no
// complete answer, its status is not 200, or it is not a JSON object.
func (d *Document) Object() (members map[string]any, ok bool) {
	if d == nil || d.Problem != "" || d.Misdirected != "" || d.Truncated || d.URL != "" && d.Status != 200 {
		return nil, false
	}
	members, ok = d.JSON().Value.(map[string]any)
	return members, ok
}

// Name says which document it is, for people: its address or the name of its file.
func (d Document) Name() string {
	if d.URL != "" {
		return d.URL
	}
	return d.File
}

// Exchanges returns the ids of the exchanges in which the document was fetched, in order.
func (d *Document) Exchanges() []string {
	if d == nil {
		return nil
	}
	var ids []string
	for _, hop := range d.Hops {
		ids = appendID(ids, hop.Exchange)
	}
	return appendID(ids, d.Exchange)
}

func appendID(ids []string, id string) []string {
	if id == "" {
		return ids
	}
	return append(ids, id)
}
