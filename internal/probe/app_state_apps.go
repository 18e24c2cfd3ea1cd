package probe

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// stateApp is an app with a token that keeps state about one subject.
type stateApp struct {
	token, granted string
	subject        string // absolute reference
	context        string // of its scopes: patient or user
	granular       bool   // scopes can be held to a code
	narrow         *narrowing
}

// stateLetters are the letters that an app needs to keep state.
const stateLetters = "cuds"

// stateApp returns an app that may keep state: of a patient where the target file has one, or else of a
// clinician.
func (k *keeper) stateApp() (stateApp, error) {
	reason := "the target file has no user together with a client that launches"
	for _, role := range target.UserRoles {
		launch, ok := launchOf(k.session, role)
		if !ok {
			continue
		}
		app, err := k.appOf(launch)
		if err != nil {
			return app, err
		}
		if app.token != "" {
			return app, nil
		}
		reason = fmt.Sprintf("no scope such as %s/Basic.%s was granted", app.context, stateLetters)
	}
	return stateApp{}, unavailable(reason)
}

// launchOf returns a launch of the user.
func launchOf(s *session.Session, role target.UserRole) (evidence.Launch, bool) {
	for _, mode := range target.LaunchModes {
		for _, kind := range []target.ClientKind{target.Public, target.Symmetric, target.Asymmetric} {
			if s.Config.Lacks(role, mode, kind) == "" {
				return evidence.Launch{User: string(role), Mode: string(mode), Client: string(kind)}, true
			}
		}
	}
	return evidence.Launch{}, false
}

// appOf launches an app that asks for all that the trials take, and gets a token for keeping state. Without
// the scope for that, the app has no token.
func (k *keeper) appOf(launch evidence.Launch) (stateApp, error) {
	app := stateApp{context: "patient"}
	if launch.User == string(target.Clinician) {
		app.context = "user"
	}
	k.name(k.session.Config.Clients[target.ClientKind(launch.Client)].Redirect)
	m, err := k.session.Metadata(k.ctx)
	if err != nil {
		return app, err
	}
	scopes := launchScopes(launch, app.scope(stateLetters), app.scope("s"))
	if app.granular = m.Claims("permission-v2"); app.granular {
		scopes = append(scopes, app.oneCode(k.code))
	}
	grant, err := k.session.FreshGrant(k.ctx, k.scope, session.Request{Launch: launch, Scopes: append(scopes, "openid", "fhirUser", "offline_access")})
	if err != nil {
		return app, err
	}
	app.narrow = &narrowing{session: k.session, scope: k.scope, grant: grant, refresh: grant.Tokens.Refresh}
	app.subject = k.subjectOf(grant, app.context)
	if app.subject == "" {
		return app, nil
	}
	app.token, app.granted, err = k.narrowed(app, app.scope(stateLetters), keeps)
	return app, err
}

func (a stateApp) scope(letters string) string { return a.context + "/Basic." + letters }

// oneCode is the scope for keeping state under one code.
func (a stateApp) oneCode(code string) string { return a.scope(stateLetters) + "?code=" + code }

// keeps reports whether granted scopes allow everything that keeping state takes.
func keeps(granted string) bool {
	for letter := range strings.SplitSeq(stateLetters, "") {
		if !allowed(granted, letter, "Basic") {
			return false
		}
	}
	return true
}

// narrowed gets a token for one clinical scope, or for none. The token is empty when the server gives none that
// fits.
func (k *keeper) narrowed(app stateApp, clinical string, fits func(granted string) bool) (token, granted string, err error) {
	var scopes []string
	if clinical != "" {
		scopes = []string{clinical}
	}
	_, tokens, err := app.narrow.token(k.ctx, scopes, fits)
	if err != nil || tokens.Access == "" || !fits(tokens.Scope) {
		return "", tokens.Scope, err
	}
	return tokens.Access, tokens.Scope, nil
}

// subjectOf returns whom the state of an app is about: the patient in context, or the user.
func (k *keeper) subjectOf(g session.Grant, context string) string {
	if g.Evidence.Token == nil {
		return ""
	}
	base := strings.TrimRight(k.session.Config.FHIR, "/") + "/"
	patient, inContext := g.Evidence.Token.Text("patient")
	if context == "user" && g.Evidence.Token.IDToken != nil {
		if user, ok := g.Evidence.Token.IDToken.Text("fhirUser"); ok && user != "" {
			return base + strings.TrimPrefix(user, base)
		}
	}
	if !inContext {
		return ""
	}
	return base + "Patient/" + url.PathEscape(patient)
}

// colleague returns the app of a clinician, beside that of a patient; nil when there is none.
func (k *keeper) colleague(app stateApp) *stateApp {
	launch, ok := launchOf(k.session, target.Clinician)
	switch {
	case k.err != nil, app.context == "user":
		return nil
	case !ok:
		k.untried("the target file has no users.clinician, whose state others must not see")
		return nil
	}
	other := stateApp{context: "user"}
	grant, err := k.session.SharedGrant(k.ctx, session.Request{Launch: launch, Scopes: append(launchScopes(launch, other.scope(stateLetters)), "openid", "fhirUser")})
	if err != nil {
		k.err = err
		return nil
	}
	if grant.Evidence.Worked() {
		other.granted, _ = grant.Evidence.Token.Text("scope")
		other.token, other.subject = grant.Tokens.Access, k.subjectOf(grant, other.context)
	}
	if other.subject == "" || !keeps(other.granted) {
		k.untried("no scope such as " + other.scope(stateLetters) + " was granted to the clinician")
		return nil
	}
	return &other
}

func (k *keeper) untried(why string) { k.found.Untried = append(k.found.Untried, why) }
