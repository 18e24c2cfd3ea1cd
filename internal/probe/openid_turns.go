package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// openIDTurns makes requests with prompt and max_age in one browser: before anybody has signed in, and
// after an ordinary sign-in.
func openIDTurns(ctx context.Context, s *session.Session) (evidence.OpenIDTurns, error) {
	var e evidence.OpenIDTurns
	launch, err := s.AnyLaunch()
	if err != nil {
		return e, err
	}
	if _, err := identified(ctx, s, launch); err != nil {
		return e, err
	}
	published, err := s.OpenIDMetadata(ctx)
	if _, lacking := session.Lacking(err); err != nil && !lacking {
		return e, err
	}
	e.Prompts = published.Prompts
	if !slices.Contains(published.Claims, "auth_time") {
		e.Withheld = "claims_supported does not list auth_time, and an app must not send max_age to a server that does not support it"
	}
	err = s.InOneBrowser(ctx, launch, func(v *session.Visit) error {
		for _, t := range turnsOf(s, e.Withheld == "") {
			turn, err := t.take(ctx, s, v, launch)
			if err != nil {
				return err
			}
			e.Turns = append(e.Turns, turn)
		}
		return nil
	})
	return e, err
}

// turn is one request of a browser.
type turn struct {
	name    string
	set     url.Values
	redeem  bool
	refresh bool
}

// turnsOf returns the requests in their order. Where a person signs in, nobody is asked to do it again.
func turnsOf(s *session.Session, maxAge bool) []turn {
	turns := []turn{
		{name: evidence.NoneUnknown, set: url.Values{"prompt": {"none"}}},
		{name: evidence.OrdinaryTurn, redeem: true, refresh: true},
		{name: evidence.NoneSignedIn, set: url.Values{"prompt": {"none"}}},
	}
	if s.Hand {
		return turns
	}
	if maxAge {
		turns = append(turns, turn{name: evidence.MaxAgeZero, set: url.Values{"max_age": {"0"}}, redeem: true})
	}
	return append(turns, turn{
		name: evidence.PromptLogin, redeem: true,
		set: url.Values{"prompt": {"login"}, "nonce": {oauth.Random(6) + reservedNonce}},
	})
}

// reservedNonce holds the characters that are often encoded once too often or too rarely.
const reservedNonce = ` %41%2B+&=?#/\:;,@!$'()*[]{}|^~"<> end`

// take makes the request and redeems the code that it brings.
func (t turn) take(ctx context.Context, s *session.Session, v *session.Visit, launch evidence.Launch) (evidence.OpenIDTurn, error) {
	recorded := s.Scope(evidence.OpenIDTurnsKind.Name() + "." + slug(t.name))
	result := evidence.OpenIDTurn{Name: t.name, SignedIn: v.SignedIn()}
	answer, err := v.Authorize(ctx, recorded, session.Request{Launch: launch, Set: t.set})
	result.Authorization, result.Nonce = answer.Evidence, answer.Parameters.Get("nonce")
	if err != nil || answer.Code == "" || !t.redeem {
		return result, err
	}
	request, err := s.CodeRequest(answer)
	if err != nil {
		return result, err
	}
	token, tokens, err := s.Send(ctx, recorded, answer.Metadata, request)
	if err != nil {
		return result, err
	}
	result.Token = &token
	if t.refresh && tokens.Refresh != "" {
		result.Refreshed, err = refreshOnce(ctx, s, recorded, answer, tokens.Refresh)
	}
	return result, err
}

// refreshOnce uses a refresh token.
func refreshOnce(ctx context.Context, s *session.Session, recorded *record.Scope, a session.Answer, refresh string) (*evidence.TokenResponse, error) {
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refresh},
	}}
	if err := s.Authenticate(&request, target.ClientKind(a.Request.Launch.Client), a.Metadata); err != nil {
		return nil, err
	}
	refreshed, _, err := s.Send(ctx, recorded, a.Metadata, request)
	return &refreshed, err
}
