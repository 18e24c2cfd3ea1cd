package probe

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
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
	own, err := s.FreshGrant(ctx, scope, session.Request{Launch: launch})
	if err != nil {
		return evidence.Samples{}, err
	}
	grants = append(grants, own)
	codes, err := each(make([]struct{}, max(0, s.Config.SampleCodes-len(grants))), func(struct{}) (session.Grant, error) {
		return s.FreshGrant(ctx, scope, session.Request{Launch: launch})
	})
	if err != nil {
		return evidence.Samples{}, err
	}
	grants = append(grants, codes...)
	chain, err := refreshChain(ctx, s, own)
	if err != nil {
		return evidence.Samples{}, err
	}
	return samples(s, grants, chain), nil
}

// link is one answer of a chain of refreshes.
type link struct {
	tokens   session.Tokens
	exchange string
}

// refreshChain refreshes a grant until that fails or there is enough.
func refreshChain(ctx context.Context, s *session.Session, grant session.Grant) ([]link, error) {
	if grant.Evidence.Token == nil {
		return nil, nil
	}
	chain := []link{{grant.Tokens, grant.Evidence.Token.Exchange}}
	for current := grant.Tokens.Refresh; current != "" && len(chain) <= refreshes; {
		answer, tokens, err := refresh(ctx, s, s.Scope(evidence.SamplesKind.Name()), grant.Answer, current)
		if err != nil {
			return nil, err
		}
		if !answer.Issued() {
			break
		}
		chain = append(chain, link{tokens, answer.Exchange})
		if tokens.Refresh != "" { // without rotation the old one goes on
			current = tokens.Refresh
		}
	}
	return chain, nil
}

// samples measures the codes in the order of their redemption, and the tokens of the chain in that of their
// issue, together with those of other grants.
func samples(s *session.Session, grants []session.Grant, chain []link) evidence.Samples {
	redeemed := func(g session.Grant) time.Time {
		if g.Evidence.Token == nil {
			return time.Time{}
		}
		e, _ := s.Recorder.Exchange(g.Evidence.Token.Exchange)
		return e.Started
	}
	slices.SortStableFunc(grants, func(a, b session.Grant) int { return redeemed(a).Compare(redeemed(b)) })
	holder := func(g session.Grant) string { return g.Evidence.ClientID + " " + g.Evidence.Launch.User }
	var codes, access, refresh, accessChain, refreshChain []issued
	add := func(to *[]issued, value, holder, exchange string) {
		if value != "" {
			*to = append(*to, issued{value, holder, exchange})
		}
	}
	for i, g := range grants {
		exchange := ""
		if g.Evidence.Token != nil {
			exchange = g.Evidence.Token.Exchange
		}
		add(&codes, g.Answer.Code, strconv.Itoa(i), exchange)
		if len(chain) > 0 && exchange == chain[0].exchange {
			for _, l := range chain {
				add(&accessChain, l.tokens.Access, holder(g), l.exchange)
				add(&refreshChain, l.tokens.Refresh, holder(g), l.exchange)
			}
			continue
		}
		add(&access, g.Tokens.Access, holder(g), exchange)
		add(&refresh, g.Tokens.Refresh, holder(g), exchange)
	}
	return evidence.Samples{
		Codes: measure(codes, nil), AccessTokens: measure(accessChain, access), RefreshTokens: measure(refreshChain, refresh),
	}
}
