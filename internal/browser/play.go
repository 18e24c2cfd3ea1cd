package browser

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/internal/recording"
)

// ErrRecording says that a recording could not be played to its end.
var ErrRecording = errors.New("the recording does not fit the page")

// Part is a recording and what it is for.
type Part struct {
	Script recording.Script
	// Kinds are the kinds of pages, such as KindSignIn, that the automatic driver leaves to the recording.
	// KindPicker stands for every picker.
	Kinds []string
	Reach Reach
}

// Reach says on which other pages a recording plays, when its next step applies there.
type Reach int

// The reaches of a recording.
const (
	Nearby   Reach = iota // pages that the driver takes for nothing in particular and, once it has begun, pickers
	Own                   // none
	Anywhere              // all
)

// Player plays recordings on the pages of one journey. A page to which the next step of a recording
// applies is the recording's; other pages are the driver's.
type Player struct {
	parts []*playing
	value func(name string) string
	shot  func(step string, jpeg []byte)

	password bool      // a password was filled in
	pressed  bool      // after that, something was pressed
	touched  *document // the document that was played on last
	waits    time.Time // since when the next step finds nothing on the page
	waitsAt  string    // that page
}

// playing is a recording and how far it was played.
type playing struct {
	Part
	next  int
	began bool
	lacks string // why the next step was not played
}

// NewPlayer returns a player of the recordings, which are tried in their order. value gives what
// stands for ${name}, or "". shot, when set, takes a picture after every step.
func NewPlayer(parts []Part, value func(name string) string, shot func(step string, jpeg []byte)) *Player {
	p := &Player{value: value, shot: shot}
	for _, part := range parts {
		p.parts = append(p.parts, &playing{Part: part})
	}
	return p
}

// specific are the kinds of pages on which only a recording for them begins.
var specific = []string{KindSignIn, KindSecondFactor, KindPortal, KindPicker, KindConsent}

func (p *playing) owns(kind string) bool { return slices.ContainsFunc(p.Kinds, isKind(kind)) }

func isKind(kind string) func(string) bool {
	return func(k string) bool { return k == kind || k == KindPicker && strings.HasSuffix(kind, KindPicker) }
}

// mayPlay reports whether the recording may be tried on a page of that kind.
func (p *playing) mayPlay(kind string) bool {
	switch {
	case p.next == len(p.Script.Steps):
		return false
	case p.owns(kind) || p.Reach == Anywhere:
		return true
	case p.Reach == Own:
		return false
	default:
		return !slices.ContainsFunc(specific, isKind(kind)) || p.began && strings.HasSuffix(kind, KindPicker)
	}
}

// awaited returns the recording that a page of that kind is left to, if any.
func (p *Player) awaited(kind string) *playing {
	if p == nil {
		return nil
	}
	for _, part := range p.parts {
		if part.mayPlay(kind) && (part.owns(kind) || part.began && kind == KindUnknown) && part.remains() {
			return part
		}
	}
	return nil
}

// remains reports whether a step is left that must be played: neither optional nor a wait.
func (p *playing) remains() bool {
	return slices.ContainsFunc(p.Script.Steps[p.next:], func(s recording.Step) bool {
		return !s.Optional && (anchor(s) || s.Act == recording.KeyDown)
	})
}

// anchor reports whether the step says which page it belongs to.
func anchor(s recording.Step) bool {
	return len(s.Selectors) > 0 && (s.Act != recording.WaitFor || s.Count > 0)
}

// misfit says what is wrong with the recording on a page: which step, why, and what the page has.
func (p *playing) misfit(o *outline, waited time.Duration) string {
	step := p.Script.Steps[p.next]
	why := firstOf(p.lacks, "finds nothing")
	if waited > 0 {
		why += fmt.Sprintf(" after %s", waited.Round(time.Second/10))
	}
	message := fmt.Sprintf("%s:%d: %s %s on the page %q, which has %s", p.Script.Name, step.Line, step.Title(), why, o.summary(),
		firstOf(strings.Join(o.offers(), ", "), "no controls"))
	if !p.Script.MadeAt(o.URL) {
		made := p.Script.Hosts[0]
		message += fmt.Sprintf("; the recording is for another site, %s (line %d): record it at %s", made.Name, made.Line, beforeQuery(o.URL))
	} else {
		message += "; correct the selectors of the step, or record the page again"
	}
	return message
}
