package checks

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// launchContextStyle are the checks of smart_style_url and of what it serves.
var launchContextStyle = []Check{SmartStyleURL, SmartStyleProperties, SmartStyleBrowser, SmartStyleVersion}

// SmartStyleURL verifies that smart_style_url is absolute and serves JSON.
var SmartStyleURL = New(Meta{
	ID:           "launch-context.smart-style-url",
	Title:        "smart_style_url is an absolute URL that serves JSON",
	Level:        Shall,
	Requirements: []string{"175", "360"},
	Applies:      "the server claims context-style, or sends smart_style_url",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Send the absolute URL of a JSON document with the style properties that SMART lists.",
}, evidence.ContextKind, eachContext("an absolute URL of a JSON object", "the server does not claim context-style",
	func(r evidence.ContextRead) (string, bool) {
		raw, there := r.Grant.Token.Members["smart_style_url"]
		if !there {
			return "no smart_style_url", slices.Contains(r.Capabilities, "context-style") && r.Grant.EHRLaunch != nil
		}
		address, _ := r.Grant.Token.Text("smart_style_url")
		if _, ok := absolute(address); !ok {
			return "smart_style_url is " + shorten(string(raw)), true
		}
		if r.Style == nil || giveUp(r.Style.Status) != "" {
			return "", false
		}
		if _, ok := r.Style.Object(); !ok {
			return "smart_style_url " + describeStyle(r.Style), true
		}
		return "", true
	}))

// describeStyle says in a few words why the style is no JSON object.
func describeStyle(d *evidence.Document) string {
	switch {
	case d.Problem != "":
		return "brought nothing: " + d.Problem
	case d.Misdirected != "":
		return "leads away: " + d.Misdirected
	case d.Status != 200:
		return fmt.Sprintf("answered %d", d.Status)
	default:
		return "answered 200 with a body that is not a JSON object"
	}
}

// styleProperties are the properties of a style. All of them are strings, and some may be empty.
var styleProperties = []string{
	"color_background", "color_error", "color_highlight", "color_modal_backdrop", "color_success", "color_text",
	"dim_border_radius", "dim_font_size", "dim_spacing_size", "font_family_body", "font_family_heading",
}

// SmartStyleProperties verifies that the style holds properties that apps know.
var SmartStyleProperties = New(Meta{
	ID:           "launch-context.smart-style-properties",
	Title:        "The style at smart_style_url has properties of SMART, all of them strings",
	Level:        Should,
	Requirements: []string{"smart-style-properties"},
	Applies:      "smart_style_url serves a JSON object",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       `Use the names of the specification and CSS values as strings, such as "dim_font_size": "13px".`,
}, evidence.ContextKind, eachContext("at least one property that SMART lists, as a string", "no smart_style_url served a JSON object",
	func(r evidence.ContextRead) (string, bool) {
		members, ok := r.Style.Object()
		if !ok {
			return "", false
		}
		known := 0
		for _, name := range styleProperties {
			value, there := members[name]
			if !there {
				continue
			}
			if _, isString := value.(string); !isString {
				return fmt.Sprintf("%s is %s", name, shown(value)), true
			}
			known++
		}
		if known == 0 {
			return "none of the properties that SMART lists in " + shown(members), true
		}
		return "", true
	}))

// SmartStyleBrowser verifies that an app that runs in a browser can read the style.
var SmartStyleBrowser = New(Meta{
	ID:           "launch-context.smart-style-browser",
	Title:        "An app in a browser can read the style at smart_style_url",
	Level:        Should,
	Requirements: []string{"smart-style-browser"},
	Applies:      "a token response has smart_style_url",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Serve the style by https, with Access-Control-Allow-Origin: *.",
}, evidence.ContextKind, eachContext("https, and Access-Control-Allow-Origin with * or the origin of the app", "no smart_style_url was read",
	func(r evidence.ContextRead) (string, bool) {
		address, _ := r.Grant.Token.Text("smart_style_url")
		u, ok := absolute(address)
		if !ok {
			return "", false
		}
		if u.Scheme != "https" {
			return "smart_style_url is " + shown(address) + ", which a page that was loaded by https may not read", true
		}
		if _, read := r.Style.Object(); !read {
			return "", false
		}
		answer := evidence.CrossOrigin{Origin: r.Origin, Header: r.Style.Header}
		if !answer.Allows() {
			return fmt.Sprintf("%s for a page of %s", allowedOrigin(answer), r.Origin), true
		}
		return "", true
	}))

// SmartStyleVersion verifies that a smart_style_url stands for one style.
var SmartStyleVersion = New(Meta{
	ID:           "launch-context.smart-style-version",
	Title:        "A smart_style_url always serves the same style",
	Level:        Shall,
	Requirements: []string{"smart-style-version"},
	Applies:      "a smart_style_url was read twice",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Give every version of the style an address of its own, and send the new one with the next launch.",
}, evidence.ContextKind, func(e evidence.ContextReads) Verdict {
	var t tally
	first := map[string]*evidence.Document{}
	for _, r := range e.Reads {
		members, ok := r.Style.Object()
		if !ok {
			continue
		}
		earlier, again := first[r.Style.URL]
		if !again {
			first[r.Style.URL] = r.Style
			continue
		}
		proof := append(earlier.Exchanges(), r.Style.Exchanges()...)
		if before, _ := earlier.Object(); !reflect.DeepEqual(before, members) {
			t.breaks(fmt.Sprintf("%s, and then %s", shown(before), shown(members)), proof...)
			continue
		}
		t.holds(proof...)
	}
	return t.verdict("the same properties for the same address", "the style did not change", "no smart_style_url was read twice")
})
