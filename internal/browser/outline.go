package browser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
)

// pageScript reports the outline of every document. See outline.js.
//
//go:embed outline.js
var pageScript string

// The isolated world in which the page script runs, out of reach of the page, and the binding through
// which it reports.
const (
	worldName      = "smartcheck"
	bindingName    = "smartcheckOutline"
	actFunction    = "smartcheckAct"
	reportFunction = "smartcheckReport"
)

// maxOutline bounds the JSON of an outline that is read; the page script stays far below.
const maxOutline = 1 << 20

// Kinds of controls.
const (
	textField = "text"
	password  = "password"
	radio     = "radio"
	checkbox  = "checkbox"
	selection = "select"
	submit    = "submit"
	button    = "button"
	link      = "link"
)

// outline is what a person could read and use on a page.
type outline struct {
	URL      string    `json:"url"` // with its fragment
	Title    string    `json:"title"`
	Loaded   bool      `json:"loaded"`  // the load event has passed
	Scripts  bool      `json:"scripts"` // the page may change by itself
	Refresh  bool      `json:"refresh"` // the page reloads or goes on by itself
	Frames   int       `json:"frames"`
	Headings []string  `json:"headings"`
	Alerts   []string  `json:"alerts"`
	Text     string    `json:"text"` // the beginning of the visible text
	Controls []control `json:"controls"`
}

// control is one visible control. Its index in the outline is how the page script finds it again.
type control struct {
	Kind         string   `json:"kind"`
	Label        string   `json:"label"` // the accessible name
	Name         string   `json:"name"`
	ID           string   `json:"id"`
	Type         string   `json:"type"` // of a text field: text, email, tel, search, ...
	Autocomplete string   `json:"autocomplete"`
	Value        string   `json:"value"`   // of a button, radio or checkbox; the href of a link
	Form         int      `json:"form"`    // 1 for the first form; 0 outside of any
	Group        string   `json:"group"`   // the legend or name of the group that it stands in
	Row          int      `json:"row"`     // 1 for the first row or list item; 0 outside of any
	RowText      string   `json:"rowText"` // what its row says
	Hidden       []string `json:"hidden"`  // name=value of the hidden fields of its form
	Opens        string   `json:"opens"`   // "tab" or "frame" when it leads elsewhere
	Options      []option `json:"options"`
	Nav          bool     `json:"nav"` // part of the navigation, the header or the footer
	Checked      bool     `json:"checked"`
	Filled       bool     `json:"filled"`
	ReadOnly     bool     `json:"readonly"`
	Disabled     bool     `json:"disabled"`
}

type option struct {
	Value    string `json:"value"`
	Label    string `json:"label"`
	Selected bool   `json:"selected"`
	Disabled bool   `json:"disabled"`
}

func parseOutline(payload string) (*outline, error) {
	if len(payload) > maxOutline {
		return nil, fmt.Errorf("read the outline of a page: %d bytes, more than %d", len(payload), maxOutline)
	}
	var o outline
	if err := json.Unmarshal([]byte(payload), &o); err != nil {
		return nil, fmt.Errorf("read the outline of a page: %w", err)
	}
	return &o, nil
}

// fingerprint is the same for pages that offer the same controls, whatever their text says.
func (o *outline) fingerprint() uint64 {
	h := fnv.New64a()
	path, _, _ := strings.Cut(o.URL, "?")
	path, _, _ = strings.Cut(path, "#")
	fmt.Fprintln(h, path)
	for _, c := range o.Controls {
		fmt.Fprintln(h, c.Kind, c.Label, c.Name, c.Form, c.Disabled)
	}
	return h.Sum64()
}

// pressable reports whether the control can be pressed.
func (c control) pressable() bool {
	return !c.Disabled && (c.Kind == submit || c.Kind == button || c.Kind == link)
}

// says is everything that the control says about what it stands for.
func (c control) says() string {
	return strings.Join(append([]string{c.Label, c.Value, c.RowText}, c.Hidden...), " ")
}

// heading is the text by which a page introduces itself.
func (o *outline) heading() string {
	return strings.Join(append([]string{o.Title}, o.Headings...), " · ")
}

// summary is one line that lets a person recognise the page.
func (o *outline) summary() string {
	switch {
	case len(o.Headings) > 0:
		return o.Headings[0]
	case o.Title != "":
		return o.Title
	default:
		return clip(o.Text, 120)
	}
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// step is one use of a control, as the page script understands it.
type step struct {
	Ref   int    `json:"ref"`
	Act   string `json:"act"` // fill, tick, untick, select, press
	Value string `json:"value,omitempty"`
}
