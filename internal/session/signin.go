package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/signedin"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// handTimeout is how long is waited for a person.
const handTimeout = 5 * time.Minute

// cookieTimeout bounds the look at the cookies of a browser that is about to be closed.
const cookieTimeout = 2 * time.Second

// SignIn lets a person sign in as the user, by an authorization request that is made once: all pages up
// to the redirect URI are the person's. It is for a session with Hand. When the target file names a file
// for the session, the cookies are saved there.
func (s *Session) SignIn(ctx context.Context, launch evidence.Launch) (Answer, error) {
	return s.signIns.get(ctx, launch.User, func(ctx context.Context) (Answer, error) {
		role := target.UserRole(launch.User)
		person, err := s.meet(ctx, role, false)
		if err != nil {
			return Answer{}, err
		}
		defer s.part(role, person, true)
		launch.Mode = string(target.Standalone)
		a, err := s.prepare(ctx, Request{Launch: launch})
		if err != nil {
			return a, err
		}
		a.byHand = true
		if s.Asked != nil {
			s.Asked(launch.User)
		}
		defer waiting(ctx, "the "+launch.User+" to sign in")()
		if _, err := s.travel(ctx, s.Scope("signin."+launch.User), person, &a); err != nil {
			return a, err
		}
		if a.Evidence.Callback == nil {
			return a, fmt.Errorf("nobody signed in as the %s: %s", launch.User, a.Evidence.Describe())
		}
		person.signedIn = true
		return a, s.saveCookies(ctx, role, person)
	})
}

// saveCookies writes what the browser of a person keeps of the server to the file of the target.
func (s *Session) saveCookies(ctx context.Context, role target.UserRole, person *visitor) error {
	where := s.Config.Login.Session
	if where.File == "" {
		return nil
	}
	cookies, err := person.Cookies(ctx, person.hosts)
	if err != nil {
		return err
	}
	if len(cookies) == 0 {
		return fmt.Errorf("there is no session to save: the server set no cookie for %s", strings.Join(person.hosts, ", "))
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	state, err := signedin.Load(where.File, where.Passphrase.Reveal())
	if errors.Is(err, signedin.ErrNone) || err == nil && state.FHIR != s.Config.FHIR {
		state, err = signedin.State{FHIR: s.Config.FHIR}, nil
	}
	if err != nil {
		return err // a file that is not ours to replace
	}
	if state.Users == nil {
		state.Users = map[string]signedin.User{}
	}
	state.Users[string(role)] = signedin.User{Saved: time.Now().UTC().Truncate(time.Second), Cookies: cookies}
	return state.Save(where.File, where.Passphrase.Reveal())
}

// savedUser returns the saved session of the user, if the target file names one and nobody is about to
// sign in.
func (s *Session) savedUser(ctx context.Context, role target.UserRole) (user signedin.User, ok bool, err error) {
	where := s.Config.Login.Session
	if s.Hand || where.File == "" {
		return signedin.User{}, false, nil
	}
	state, err := s.states.get(ctx, "", func(context.Context) (signedin.State, error) {
		state, err := signedin.Load(where.File, where.Passphrase.Reveal())
		if err == nil && state.FHIR != s.Config.FHIR {
			err = fmt.Errorf("the saved session %s is of another server, %s", where.File, state.FHIR)
		}
		for _, user := range state.Users {
			for _, c := range user.Cookies {
				s.Recorder.Seal("cookie", c.Value)
			}
		}
		return state, err
	})
	canSignIn := !s.Config.Users[role].Password.IsZero()
	user, known := state.Users[string(role)]
	switch {
	case err != nil && errors.Is(err, signedin.ErrNone) && canSignIn:
		return user, false, nil
	case err != nil:
		return user, false, fmt.Errorf("%w; %s", err, renewal(role))
	case !known && canSignIn:
		return user, false, nil
	case !known:
		return user, false, fmt.Errorf("the saved session %s has none of the %s; %s", where.File, role, renewal(role))
	}
	if at, expired := user.Expired(time.Now()); expired && !canSignIn {
		return user, false, fmt.Errorf("the session of the %s saved in %s expired on %s; %s",
			role, where.File, at.Format(time.DateTime), renewal(role))
	} else if expired {
		return user, false, nil
	}
	return user, true, nil
}

// renewal says how a saved session is made again.
func renewal(role target.UserRole) string {
	return fmt.Sprintf("renew it with: smartcheck login --user %s --manual", role)
}

// refused explains that a page asks for credentials which a saved session was to stand for.
func (s *Session) refused(person *visitor, role target.UserRole, stuck error) error {
	if person.saved.IsZero() || !errors.Is(stuck, browser.ErrNoCredentials) && !errors.Is(stuck, browser.ErrPersonNeeded) {
		return stuck
	}
	return fmt.Errorf("the server no longer accepts the session of the %s that was saved in %s on %s; %s; %w",
		role, s.Config.Login.Session.File, person.saved.Format(time.DateTime), renewal(role), stuck)
}

// hand says which pages of a journey are left to a person, and how long it may take.
func (s *Session) hand(byHand bool) (browser.Hand, time.Duration) {
	switch {
	case byHand:
		return browser.Everything, handTimeout
	case s.Hand:
		return browser.Credentials, max(handTimeout, s.Config.Timeouts.Journey)
	default:
		return browser.Nothing, s.Config.Timeouts.Journey
	}
}

// present sees to it that the user has signed in where that is up to a person.
func (s *Session) present(ctx context.Context, launch evidence.Launch) error {
	if !s.Hand {
		return nil
	}
	_, err := s.SignIn(ctx, launch)
	return err
}
