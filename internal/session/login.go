package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Picture is what a page looked like.
type Picture struct {
	Name string // such as "02-step-3-click" or "05-page-consent"
	JPEG []byte
}

// Login makes one authorization request as the user, in a browser that nobody has signed in with, with
// the first client that can be used for it. It returns where the request led, and a picture of every
// page and after every step of a recording, in their order. It changes nothing but what a sign-in changes.
func (s *Session) Login(ctx context.Context, role target.UserRole) (Answer, []Picture, error) {
	launch, err := s.LoginLaunch(role)
	if err != nil {
		return Answer{}, nil, err
	}
	a, err := s.prepare(ctx, Request{Launch: launch, Fresh: true})
	if err != nil {
		return a, nil, err
	}
	person, err := s.meet(ctx, role, true)
	if err != nil {
		return a, nil, err
	}
	defer s.part(role, person, false)
	var pictures []Picture
	add := func(what string, jpeg []byte) {
		if len(jpeg) > 0 {
			pictures = append(pictures, Picture{fmt.Sprintf("%02d-%s", len(pictures)+1, fileName(what)), jpeg})
		}
	}
	a.picture = add
	a.seen = func(trace browser.Trace) {
		for _, page := range trace.Pages {
			add("page "+page.Kind, page.Screenshot)
		}
	}
	_, err = s.travel(ctx, s.Scope("login."+string(role)), person, &a)
	return a, pictures, err
}

// LoginLaunch returns the launch by which the user signs in: standalone, of the first client that the
// target file has for it.
func (s *Session) LoginLaunch(role target.UserRole) (evidence.Launch, error) {
	if _, ok := s.Config.Users[role]; !ok {
		return evidence.Launch{}, Unavailable{"the target file has no users." + string(role)}
	}
	for _, kind := range target.ClientKinds {
		if s.Config.Lacks(role, target.Standalone, kind) == "" {
			return evidence.Launch{User: string(role), Mode: string(target.Standalone), Client: string(kind)}, nil
		}
	}
	return evidence.Launch{}, Unavailable{"the target file has no client that a user launches: public, symmetric or asymmetric"}
}

// fileName keeps of a text what a file name may hold everywhere.
func fileName(text string) string {
	const most = 40
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, text), "-")
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	return strings.Trim(name[:min(len(name), most)], "-")
}
