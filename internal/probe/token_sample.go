package probe

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// refreshes is how often one grant is refreshed for its tokens.
const refreshes = 40

// sampleTokens collects the codes and tokens of every launch, those of one more grant that it refreshes again
// and again, and as many codes more as the target file asks for.
func sampleTokens(ctx context.Context, s *session.Session) (evidence.Samples, error) {
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return evidence.Samples{}, err
	}
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Samples{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Samples{}, err
	}
	scope := s.Scope(evidence.SamplesKind.Name())
	fresh, err := each(make([]struct{}, max(1, s.Config.SampleCodes-len(grants))), func(struct{}) (session.Grant, error) {
		return s.FreshGrant(ctx, scope, session.Request{Launch: launch})
	})
	if err != nil {
		return evidence.Samples{}, err
	}
	grants = append(grants, fresh[1:]...)
	chain, err := refreshOften(ctx, s, scope, fresh[0])
	if err != nil {
		return evidence.Samples{}, err
	}
	var others []link
	for _, g := range grants {
		others = append(others, linkOf(g))
	}
	access := func(t session.Tokens) string { return t.Access }
	refresh := func(t session.Tokens) string { return t.Refresh }
	return evidence.Samples{
		Codes:         measure(codesInOrder(s, append(grants, fresh[0])), nil),
		AccessTokens:  measure(tokensOf(chain, access), tokensOf(others, access)),
		RefreshTokens: measure(tokensOf(chain, refresh), tokensOf(others, refresh)),
	}, nil
}

// link is one token response of a grant.
type link struct {
	tokens           session.Tokens
	holder, exchange string
}

// linkOf returns the first token response of a grant; it is empty when there was none.
func linkOf(g session.Grant) link {
	l := link{tokens: g.Tokens, holder: g.Evidence.ClientID + " " + g.Evidence.Launch.User}
	if g.Evidence.Token != nil {
		l.exchange = g.Evidence.Token.Exchange
	}
	return l
}

// refreshOften refreshes a grant until that fails or there is enough.
func refreshOften(ctx context.Context, s *session.Session, scope *record.Scope, grant session.Grant) ([]link, error) {
	first := linkOf(grant)
	chain := []link{first}
	for current := first.tokens.Refresh; current != "" && len(chain) <= refreshes; {
		answer, tokens, err := refresh(ctx, s, scope, grant.Answer, current)
		if err != nil {
			return nil, err
		}
		if !answer.Issued() {
			break
		}
		chain = append(chain, link{tokens, first.holder, answer.Exchange})
		if tokens.Refresh != "" { // without rotation the old one goes on
			current = tokens.Refresh
		}
	}
	return chain, nil
}

// tokensOf picks one token of every link that has it.
func tokensOf(links []link, pick func(session.Tokens) string) []issued {
	var tokens []issued
	for _, l := range links {
		if value := pick(l.tokens); value != "" {
			tokens = append(tokens, issued{value, l.holder, l.exchange})
		}
	}
	return tokens
}

// codesInOrder returns the codes of grants in the order of their redemption, each held by its own grant.
func codesInOrder(s *session.Session, grants []session.Grant) []issued {
	redeemed := func(g session.Grant) time.Time {
		e, _ := s.Recorder.Exchange(linkOf(g).exchange)
		return e.Started
	}
	slices.SortStableFunc(grants, func(a, b session.Grant) int { return redeemed(a).Compare(redeemed(b)) })
	var codes []issued
	for i, g := range grants {
		if g.Answer.Code != "" {
			codes = append(codes, issued{g.Answer.Code, strconv.Itoa(i), linkOf(g).exchange})
		}
	}
	return codes
}
