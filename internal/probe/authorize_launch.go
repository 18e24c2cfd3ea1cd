package probe

import (
	"context"
	"fmt"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// AuthorizeLaunch lists the probes of the launch parameter.
func AuthorizeLaunch() []Probe { return []Probe{of(evidence.LaunchValueKind, launchValues)} }

// launchLab is where launch values are tried: by a clinician, since the context of a patient is the patient's own
// record whatever the value.
type launchLab struct {
	session *session.Session
	scope   *record.Scope
}

// launchValues tries a value that was never issued, one that another app was launched with, and the same one
// by the app itself, twice.
func launchValues(ctx context.Context, s *session.Session) (evidence.LaunchValues, error) {
	app, ok := clinicianLaunch(s, target.EHR, "")
	if !ok {
		return evidence.LaunchValues{}, unavailable("the target file has no clinician who can launch an app from the EHR")
	}
	control, err := s.SharedGrant(ctx, session.Request{Launch: app})
	if err == nil && !control.Evidence.Worked() {
		err = fmt.Errorf("a refusal would prove nothing: after a correct %s launch %s", app, control.Evidence.Describe())
	}
	if err != nil {
		return evidence.LaunchValues{}, err
	}
	lab := launchLab{s, s.Scope(evidence.LaunchValueKind.Name())}
	var e evidence.LaunchValues
	if e.Unknown, err = lab.use(ctx, app, oauth.Random(24)); err != nil {
		return e, err
	}
	value, err := s.LaunchValue(ctx, lab.scope, app)
	if err != nil {
		return e, err
	}
	if other, ok := clinicianLaunch(s, target.Standalone, app.Client); ok {
		if e.OtherApp, err = lab.use(ctx, other, value); err != nil {
			return e, err
		}
	}
	if e.Own, err = lab.use(ctx, app, value); err != nil || !e.Own.Worked() {
		return e, err
	}
	e.Again, err = lab.use(ctx, app, value)
	return e, err
}

// clinicianLaunch returns a launch of the clinician by another client than the one named.
func clinicianLaunch(s *session.Session, mode target.LaunchMode, not string) (evidence.Launch, bool) {
	for _, kind := range []target.ClientKind{target.Public, target.Symmetric, target.Asymmetric} {
		same := not != "" && s.Config.Clients[kind].ID == s.Config.Clients[target.ClientKind(not)].ID
		if !same && s.Config.Lacks(target.Clinician, mode, kind) == "" {
			return evidence.Launch{User: string(target.Clinician), Mode: string(mode), Client: string(kind)}, true
		}
	}
	return evidence.Launch{}, false
}

// use makes an authorization request as after an EHR launch, with the value and without a portal.
func (l launchLab) use(ctx context.Context, launch evidence.Launch, value string) (*evidence.Grant, error) {
	launch.Mode = string(target.Standalone)
	scopes := l.session.Config.LaunchScopes(target.Clinician, target.EHR, target.ClientKind(launch.Client))
	grant, err := l.session.FreshGrant(ctx, l.scope, session.Request{
		Launch: launch, Scopes: scopes, Set: url.Values{"launch": {value}},
	})
	return &grant.Evidence, err
}
