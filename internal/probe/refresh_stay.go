package probe

import (
	"context"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// refreshStay makes an offline and an online grant in one browser, refreshes them while the user is signed in
// there, signs the user out, and refreshes them again.
func refreshStay(ctx context.Context, s *session.Session) (evidence.RefreshStays, error) {
	var e evidence.RefreshStays
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	if accessScope(m) == "" {
		return e, unavailable("the server claims neither permission-offline nor permission-online")
	}
	name := evidence.RefreshStayKind.Name()
	request, err := refreshable(ctx, s, name, launched...)
	if err != nil {
		return e, err
	}
	st := stay{ctx: ctx, session: s, request: request, name: name}
	var offline *refresher
	err = s.Stay(ctx, s.Scope(st.name), request.Launch, func(b *session.Stay) (err error) {
		if offline, err = st.begin(b, m, "permission-offline", offlineAccess, &e.Offline); err != nil {
			return err
		}
		online, err := st.begin(b, m, "permission-online", onlineAccess, &e.Online)
		if err != nil {
			return err
		}
		if err := st.signOut(b, &e); err != nil {
			return err
		}
		e.Closed = !b.Alone()
		if e.SignedOut {
			return st.after(online, &e.Online)
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	return e, st.after(offline, &e.Offline)
}

// stay is what the probe of refreshes in one browser needs everywhere.
type stay struct {
	ctx     context.Context
	session *session.Session
	request session.Request // of a grant with a refresh token
	name    string
}

// begin makes a grant with one kind of access and refreshes it twice. There is no refresher where the server
// does not offer that access.
func (st stay) begin(b *session.Stay, m session.Metadata, capability, access string, into *evidence.RefreshStay) (*refresher, error) {
	if !m.Claims(capability) {
		into.Lack = "the server does not claim " + capability
		return nil, nil
	}
	request := st.request
	request.Scopes = withAccess(usualScopes(st.session, request.Launch), access)
	grant, err := b.Grant(st.ctx, request)
	if err != nil {
		return nil, err
	}
	into.Grant = &grant.Evidence
	if grant.Tokens.Refresh == "" {
		into.Lack = "no refresh token was issued for " + access + ": " + grant.Evidence.Describe()
		return nil, nil
	}
	r := &refresher{ctx: st.ctx, session: st.session, scope: st.session.Scope(st.name + "." + slug(access)), grant: grant, tokens: grant.Tokens}
	for range 2 {
		response, err := r.refresh()
		if err != nil {
			return nil, err
		}
		into.During = append(into.During, response)
	}
	into.Read, err = st.read(r)
	return r, err
}

// read reads the patient with the newest access token.
func (st stay) read(r *refresher) (*evidence.FHIRAnswer, error) {
	answer, err := st.session.FHIR(st.ctx, r.scope, session.Call{Name: "the patient", Path: patientPath(r.grant), Token: r.tokens.Access})
	return &answer, err
}

// signOut signs the user out and looks whether that is so. Where it cannot be done, the evidence says why.
func (st stay) signOut(b *session.Stay, e *evidence.RefreshStays) error {
	switch {
	case e.Offline.Grant == nil && e.Online.Grant == nil:
		return nil
	case !st.session.Config.Intrusive:
		e.NotSignedOut = "signing out may end other sessions of the user, and the target file does not allow intrusive probes"
		return nil
	case b.Alone():
		e.NotSignedOut = "the user has one session only, which the whole run needs"
		return nil
	}
	var err error
	if e.SignOut, err = b.SignOut(st.ctx); err != nil {
		reason, lacking := session.Lacking(err)
		if lacking {
			e.NotSignedOut = reason
			return nil
		}
		return err
	}
	signedIn, err := b.SignedIn(st.ctx, session.Request{Launch: st.request.Launch})
	switch {
	case st.ctx.Err() != nil:
		return st.ctx.Err()
	case err != nil:
		e.NotSignedOut = err.Error()
	case signedIn:
		e.NotSignedOut = "the user is still signed in after the server was asked to sign the user out"
	default:
		e.SignedOut = true
	}
	return nil
}

// after refreshes once more and reads with what that brings.
func (st stay) after(r *refresher, into *evidence.RefreshStay) error {
	if r == nil {
		return nil
	}
	response, err := r.refresh()
	if err != nil {
		return err
	}
	into.After = &response
	if response.Issued() {
		into.ReadAfter, err = st.read(r)
	}
	return err
}
