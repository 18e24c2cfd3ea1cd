// Package recording reads what people recorded of a sign-in: exports of the Recorder panel of Chrome's
// developer tools, and browser arrays of the conformance suite of the OpenID Foundation.
//
// A recording holds no secret. Its values name what the target file knows: ${username}, ${password},
// ${totp} and ${patient}.
package recording

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Act is what a step does.
type Act string

// The acts. A wait passes when what it waits for is there, and does nothing.
const (
	Click       Act = "click"
	DoubleClick Act = "doubleClick"
	Change      Act = "change" // give a field a value
	KeyDown     Act = "keyDown"
	KeyUp       Act = "keyUp"
	Hover       Act = "hover"
	Scroll      Act = "scroll"
	WaitFor     Act = "waitForElement"
	WaitForTrue Act = "waitForExpression"
	WaitForURL  Act = "wait" // for a page whose URL matches Page
)

// Script is a recording that can be played.
type Script struct {
	Name  string // of its file
	Match string // the pattern of the URL at which a journey must begin; empty: any
	Start string // where the recording began; empty when it does not say
	Hosts []Host // at which it was made; empty when it does not say
	Steps []Step
}

// Host is where a recording was made, and the line that says so.
type Host struct {
	Name string
	Line int
}

// Step is one act on a page.
type Step struct {
	Number    int // counted from 1, as the file does
	Line      int
	Act       Act
	Task      string     // the name of the task it belongs to, if any
	Page      string     // the pattern of the URLs of the pages that it applies to; empty: any
	Selectors [][]string // alternatives, each a chain through shadow roots
	Value     string     // of a Change, with placeholders; the key of KeyDown and KeyUp; the text of a WaitFor, a regular expression
	Operator  string     // of a WaitFor: ">=", "==" or "<=" Count
	Count     int
	Visible   bool   // a WaitFor counts visible elements only
	Code      string // of a WaitForTrue
	InFrame   bool   // it applies to a frame of the page
	Optional  bool   // it is left out where it does not apply
	Timeout   time.Duration
}

// Title names the step in a message.
func (s Step) Title() string {
	title := "step " + decimal(s.Number) + " (" + string(s.Act)
	if len(s.Selectors) > 0 {
		title += " " + strings.Join(s.Selectors[0], " ")
	} else if s.Page != "" {
		title += " " + s.Page
	}
	title += ")"
	if s.Task != "" {
		title += " of task " + shown(s.Task)
	}
	return title
}

// Fits reports whether a URL matches a pattern in which an asterisk stands for any characters. The
// empty pattern fits everything.
func Fits(pattern, address string) bool {
	if pattern == "" {
		return true
	}
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == address
	}
	rest, ok := strings.CutPrefix(address, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// MadeAt reports whether the recording was made at the host of the URL, or does not say where.
func (s Script) MadeAt(address string) bool {
	u, err := url.Parse(address)
	return len(s.Hosts) == 0 || err != nil || slices.ContainsFunc(s.Hosts, func(h Host) bool { return strings.EqualFold(h.Name, u.Host) })
}

// Placeholders are the names that a recording may use, each as ${name}.
var Placeholders = []string{"username", "password", "totp", "patient"}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// Fill returns the text with its placeholders replaced. missing names those that have no value.
func Fill(text string, value func(name string) string) (filled string, missing []string) {
	filled = placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-1]
		v := value(name)
		if v == "" {
			missing = append(missing, found)
		}
		return v
	})
	return filled, missing
}

// Literal reports whether the text holds anything that is not a placeholder.
func Literal(text string) bool { return placeholder.ReplaceAllString(text, "") != "" }

// Holds returns the step with a value that contains the secret literally.
func (s Script) Holds(secret string) (Step, bool) {
	at := slices.IndexFunc(s.Steps, func(step Step) bool {
		return len(secret) >= shortestSecret && step.Act == Change && strings.Contains(step.Value, secret)
	})
	if at < 0 {
		return Step{}, false
	}
	return s.Steps[at], true
}

// shortestSecret is the length from which a secret is looked for; a shorter one is part of many a word.
const shortestSecret = 4
