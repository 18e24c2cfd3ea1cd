package probe

import (
	"context"
	"fmt"
	"net/http"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// revokedGrant is a grant whose tokens are revoked.
type revokedGrant struct {
	refresher
	revoker revoker
	request session.Request
}

// revokeRefresh revokes the tokens of grants that can be refreshed. Two grants are enough: one outlives what
// others try with it and is ended by its own client, the other is ended under the wrong hint.
func revokeRefresh(ctx context.Context, s *session.Session, asks *introspector, e *evidence.Revocations) error {
	name := evidence.RevocationsKind.Name()
	request, err := refreshable(ctx, s, name, target.Symmetric, target.Asymmetric, target.Public)
	if reason, lacking := session.Lacking(err); lacking {
		e.NoRefresh = reason
		return nil
	}
	if err != nil {
		return err
	}
	scope := s.Scope(name)
	g := revokedGrant{
		revoker: revoker{ctx: ctx, session: s, scope: scope, asks: asks}, request: request,
		refresher: refresher{ctx: ctx, session: s, scope: scope},
	}
	strangers, err := revocationAttempts(ctx, s, request.Launch)
	if err != nil {
		return err
	}
	for _, a := range strangers {
		if err := g.byStranger(e, a); err != nil {
			return err
		}
	}
	if err := g.accessAlone(e); err != nil {
		return err
	}
	if err := g.byOwner(e, evidence.RevokedByOwner, "refresh_token"); err != nil {
		return err
	}
	g.tokens = session.Tokens{} // another grant
	return g.byOwner(e, evidence.RevokedUnderHint, "access_token")
}

// use refreshes with the newest refresh token.
func (g *revokedGrant) use() (evidence.TokenUse, error) {
	response, err := g.refresh()
	return evidence.TokenUse{Refresh: &response}, err
}

// ready makes sure that the newest refresh token works, and begins a revocation of it.
func (g *revokedGrant) ready(name string) (evidence.Revocation, error) {
	one := evidence.Revocation{Name: name}
	err := g.renew(g.request)
	if err == nil {
		one.Before, err = g.use()
	}
	if err == nil && !one.Before.Works() {
		err = fmt.Errorf("nothing would show that the token was revoked: before that, %s as well", one.Before.Describe())
	}
	g.revoker.owner = g.grant.Answer
	return one, err
}

func (g *revokedGrant) byStranger(e *evidence.Revocations, a attempt) error {
	one, err := g.ready(a.name)
	if err != nil {
		return err
	}
	if one.Answer, err = g.revoker.revoke(g.tokens.Refresh, "refresh_token", a.alter); err != nil {
		return err
	}
	after, err := g.use()
	one.After = []evidence.TokenUse{after}
	e.Refresh = append(e.Refresh, one)
	return err
}

// accessAlone revokes the access token and goes on with the refresh token.
func (g *revokedGrant) accessAlone(e *evidence.Revocations) error {
	if _, err := g.ready(""); err != nil {
		return err
	}
	var onward evidence.RevokedOnward
	var err error
	if onward.Revoked, err = g.revoker.revoke(g.tokens.Access, "access_token", nil); err != nil {
		return err
	}
	if onward.Refresh, err = g.refresh(); err != nil {
		return err
	}
	if onward.Refresh.Issued() {
		read, err := g.read()
		if err != nil {
			return err
		}
		onward.Read = &read
	}
	e.Onward = &onward
	return nil
}

// read reads with the newest access token.
func (g *revokedGrant) read() (evidence.FHIRAnswer, error) {
	return g.session.FHIR(g.ctx, g.scope, session.Call{
		Name: "the access token of the grant", Path: patientPath(g.grant), Token: g.tokens.Access,
	})
}

// byOwner revokes the newest refresh token and looks at what is left of the grant.
func (g *revokedGrant) byOwner(e *evidence.Revocations, name, hint string) error {
	one, err := g.ready(name)
	if err != nil {
		return err
	}
	opened, err := g.read()
	if err != nil {
		return err
	}
	refresh, access := g.tokens.Refresh, g.tokens.Access
	if one.Answer, err = g.revoker.revoke(refresh, hint, nil); err != nil {
		return err
	}
	if one.Revoked() && opened.Status == http.StatusOK {
		if one.Cascade, err = g.revoker.watch(func() (evidence.TokenUse, error) {
			read, err := g.read()
			return evidence.TokenUse{Read: &read}, err
		}); err != nil {
			return err
		}
	}
	if one.After, err = g.revoker.watch(g.use); err != nil {
		return err
	}
	if last := len(one.Cascade) - 1; last >= 0 && one.Cascade[last].Works() {
		end, err := g.revoker.revoke(access, "access_token", nil)
		if err != nil {
			return err
		}
		one.OwnEnd = &end
	}
	if one.Revoked() && !one.Last().Works() {
		if one.Introspected, err = g.revoker.introspected(refresh); err != nil {
			return err
		}
		again, err := g.revoker.revoke(refresh, hint, nil)
		if err != nil {
			return err
		}
		one.Again = &again
	}
	e.Refresh = append(e.Refresh, one)
	return nil
}
