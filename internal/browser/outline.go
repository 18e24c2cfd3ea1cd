package browser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
)

//go:embed outline.js
var outlineScript string

//go:embed act.js
var actScript string

// pageScript reports the outline of every document and uses its controls. See outline.js and act.js.
var pageScript = outlineScript + actScript

// The isolated world in which the page script runs, out of reach of the page, and the binding through
// which it reports.
const (
	worldName      = "smartcheck"
	bindingName    = "smartcheckOutline"
	actFunction    = "smartcheckAct"
	holdFunction   = "smartcheckHold"
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
	Busy     bool      `json:"busy"`    // it shows that something is under way
	Captcha  bool      `json:"captcha"` // it holds a test for robots that is to be seen
	Headings []string  `json:"headings"`
	Alerts   []string  `json:"alerts"`
	Text     string    `json:"text"`   // the beginning of the visible text
	Layers   []string  `json:"layers"` // what dialogs and banners say
	Controls []control `json:"controls"`
	// Insecure is what the page refers to over plain http.
	Insecure []InsecureReference `json:"insecure"`
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
	Row          int      `json:"row"`     // 1 for the first row, list item or card; 0 outside of any
	RowText      string   `json:"rowText"` // what its row says, and what describes the control
	Layer        int      `json:"layer"`   // 1 for the first dialog or banner; 0 outside of any
	MaxLength    int      `json:"maxLength"`
	Hidden       []string `json:"hidden"` // name=value of the hidden fields of its form
	Opens        string   `json:"opens"`  // "tab" or "frame" when it leads elsewhere
	Options      []option `json:"options"`
	Nav          bool     `json:"nav"` // part of the navigation, the header or the footer
	Checked      bool     `json:"checked"`
	Filled       bool     `json:"filled"`
	ReadOnly     bool     `json:"readonly"`
	Required     bool     `json:"required"`
	Disabled     bool     `json:"disabled"`

	aside bool // the driver leaves it alone: it belongs to a cookie banner
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

// fingerprint is the same for pages that offer the same controls in the same rows, whatever else their
// text says.
func (o *outline) fingerprint() uint64 {
	h := fnv.New64a()
	path, _, _ := strings.Cut(o.URL, "?")
	path, _, _ = strings.Cut(path, "#")
	fmt.Fprintln(h, path)
	for _, c := range o.Controls {
		fmt.Fprintln(h, c.Kind, c.Label, c.Name, c.Form, c.RowText)
	}
	return h.Sum64()
}

// pressable reports whether the control can be pressed.
func (c control) pressable() bool {
	return !c.Disabled && !c.aside && (c.Kind == submit || c.Kind == button || c.Kind == link)
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

// loading reports whether the page says that it is not ready.
func (o *outline) loading() bool {
	return o.Busy || len(o.Text) <= maxLoading && speaks(o.heading()+" "+o.Text, func(w lexicon) []string { return w.Loading })
}

// maxLoading is how much a page says at most that only tells to wait.
const maxLoading = 300

// promises reports whether a page with nothing to use is likely to change by itself.
func (o *outline) promises() bool {
	if len(o.offers()) > 0 {
		return false
	}
	return o.Refresh || o.Scripts && (o.loading() || o.Text == "" && o.Frames == 0)
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
	Act   string `json:"act"` // fill, tick, untick, select, press, enter
	Value string `json:"value,omitempty"`
}
