package session

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/recording"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// parts are the moments that are recorded apart, in the order in which a page is offered to them, and
// the kinds of pages that each answers.
var parts = []struct {
	moment target.Moment
	kinds  []string
}{
	{target.MomentConsent, []string{browser.KindConsent}},
	{target.MomentDeny, []string{browser.KindConsent}},
	{target.MomentPatientPicker, []string{browser.KindPicker}},
	{target.MomentLogin, []string{browser.KindSignIn, browser.KindSecondFactor}},
}

// player returns what plays the recordings of the target file on the journey of a request that begins
// at an address, or nil when there is none for it. portal says that the journey leads to the launch.
func (s *Session) player(a *Answer, start string, portal bool) (*browser.Player, error) {
	role := target.UserRole(a.Request.Launch.User)
	var playing []browser.Part
	if recorded, ok := s.portalRecording(role); portal && ok {
		script, err := scriptFor(recorded, "")
		if err != nil {
			return nil, err
		}
		playing = append(playing, browser.Part{Script: script, Kinds: []string{browser.KindPortal}, Reach: browser.Anywhere})
	}
	for _, part := range parts {
		if part.moment == target.MomentConsent && a.Request.chooses() || part.moment == target.MomentDeny && !a.Request.Deny {
			continue
		}
		recorded, ok := s.Config.Login.Recording(role, part.moment)
		if !ok {
			continue
		}
		address := start
		if portal {
			address = "" // a pattern of the recording speaks of authorization requests
		}
		script, err := scriptFor(recorded, address)
		if err != nil {
			return nil, err
		}
		one := browser.Part{Script: script, Kinds: part.kinds}
		if a.Request.chooses() && part.moment != target.MomentDeny {
			one.Reach = browser.Own // a recording that goes on to approve must not answer for a probe that denies
		}
		playing = append(playing, one)
	}
	if len(playing) == 0 {
		return nil, nil
	}
	return browser.NewPlayer(playing, s.placeholders(a.Request), a.picture), nil
}

// chooses reports whether a request gives its own answer on the consent page.
func (r Request) chooses() bool { return r.Deny || len(r.Untick) > 0 }

// portalRecording returns the recording of the way to the launch.
func (s *Session) portalRecording(role target.UserRole) (target.Recording, bool) {
	if r := s.Config.Launches.Recording; !r.IsZero() {
		return r, true
	}
	return s.Config.Login.Recording(role, target.MomentPortal)
}

// launchStart returns where the way to an EHR launch begins.
func (s *Session) launchStart(role target.UserRole) string {
	start := cmp.Or(s.Config.Launches.URL, s.Config.Launches.Portal)
	recorded, ok := s.portalRecording(role)
	if start != "" || !ok {
		return start
	}
	script, err := scriptFor(recorded, "")
	if err != nil {
		return "" // which player reports
	}
	return script.Start
}

// scriptFor returns the script of a recording for a journey that begins at an address. Without an
// address it is the last one, which is the most general where there are several.
func scriptFor(r target.Recording, address string) (recording.Script, error) {
	scripts, mistakes := recording.Parse(r.File, r.Content)
	if len(mistakes) > 0 {
		return recording.Script{}, fmt.Errorf("recording %s:%d: %s", r.File, mistakes[0].Line, mistakes[0].Message)
	}
	if address == "" {
		return scripts[len(scripts)-1], nil
	}
	at := slices.IndexFunc(scripts, func(one recording.Script) bool { return recording.Fits(one.Match, address) })
	if at < 0 {
		patterns := make([]string, len(scripts))
		for i, one := range scripts {
			patterns[i] = one.Match
		}
		before, _, _ := strings.Cut(address, "?")
		return recording.Script{}, fmt.Errorf("recording %s is for another site: %s begins at none of %s; correct \"match\" of an entry",
			r.File, before, strings.Join(patterns, ", "))
	}
	return scripts[at], nil
}

// placeholders gives what the names in a recording stand for.
func (s *Session) placeholders(r Request) func(name string) string {
	user := s.Config.Users[target.UserRole(r.Launch.User)]
	return func(name string) string {
		switch name {
		case "username":
			return user.Username
		case "password":
			return user.Password.Reveal()
		case "totp":
			if user.TOTP.IsZero() {
				return ""
			}
			return s.oneTimeCode(user.TOTP)
		case "patient":
			return user.Patient
		}
		return ""
	}
}
