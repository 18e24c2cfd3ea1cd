package probe

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// managed is a registration together with what is needed to make requests about it.
type managed struct {
	session *session.Session
	scope   *record.Scope
	client  *session.Registered
	other   *session.Registered // a client of somebody else
}

// manageRegistration registers two clients and leads the first through its life: reading, updating, deleting, each
// also with tokens that are not its own.
func manageRegistration(ctx context.Context, s *session.Session) (evidence.ManagedRegistration, error) {
	var e evidence.ManagedRegistration
	if err := s.MayRegister(ctx); err != nil {
		return e, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	r := managed{session: s, scope: s.Scope(evidence.ManagedRegistrationKind.Name())}
	if r.client, e.Registered, err = r.registerManaged(ctx, m); err != nil {
		return e, err
	}
	if r.other, _, err = r.registerManaged(ctx, m); err != nil {
		return e, err
	}
	if e.Read, err = s.Manage(ctx, r.scope, http.MethodGet, r.client, nil); err != nil {
		return e, err
	}
	if err := r.tryStrangers(ctx, &e); err != nil {
		return e, err
	}
	if err := r.update(ctx, &e); err != nil {
		return e, err
	}
	if e.Before, err = tryCredentials(ctx, s, r.scope, m, r.client.Kind, r.client.Client); err != nil {
		return e, err
	}
	if e.Delete, err = s.Manage(ctx, r.scope, http.MethodDelete, r.client, nil); err != nil {
		return e, err
	}
	if e.Gone, err = s.Manage(ctx, r.scope, http.MethodGet, r.client, nil); err != nil {
		return e, err
	}
	e.After, err = tryCredentials(ctx, s, r.scope, m, r.client.Kind, r.client.Client)
	return e, err
}

// registerManaged registers a client: with a secret, where the server has such clients.
func (r managed) registerManaged(ctx context.Context, m session.Metadata) (*session.Registered, evidence.RegistrationAnswer, error) {
	methods := session.RegistrableMethods(m)
	method := methods[0]
	for _, one := range methods {
		if one == target.AuthBasic {
			method = one
		}
	}
	app, err := r.session.Application(m, method)
	if err != nil {
		return nil, evidence.RegistrationAnswer{}, err
	}
	app.Metadata["client_uri"] = "https://app.example.org/"
	client, answer, err := r.session.Register(ctx, r.scope, app)
	switch {
	case err != nil:
		return nil, answer, err
	case client == nil:
		return nil, answer, unavailable("the server registered no second client: it answered " + answer.Describe())
	case !client.Removable():
		return nil, answer, unavailable("the server does not offer to manage registrations (RFC 7592)")
	}
	return client, answer, nil
}

// tryStrangers makes requests about the client without a token and with tokens that are not its own. The last of them
// would delete it.
func (r managed) tryStrangers(ctx context.Context, e *evidence.ManagedRegistration) error {
	garbage := "wrong-" + oauth.Random(24)
	taken := r.changed()
	taken["client_name"] = "smartcheck, taken over"
	for _, try := range []struct {
		name, method, token string
		metadata            map[string]any
	}{
		{"reading without a token", http.MethodGet, "", nil},
		{"reading with an unknown token", http.MethodGet, garbage, nil},
		{"reading with the token of another client", http.MethodGet, r.other.ManageToken, nil},
		{"updating with the token of another client", http.MethodPut, r.other.ManageToken, taken},
		{"deleting with an unknown token", http.MethodDelete, garbage, nil},
	} {
		answer, err := r.session.ManageWith(ctx, r.scope, try.method, r.client, try.token, try.metadata)
		if err != nil {
			return err
		}
		e.Strangers = append(e.Strangers, evidence.StrangerCall{Name: try.name, Answer: answer})
		if answer.Succeeded() && try.method != http.MethodGet {
			return nil // the client is no longer what it was
		}
	}
	return nil
}

// update tries to choose the client's secret, and then replaces its metadata and reads them.
func (r managed) update(ctx context.Context, e *evidence.ManagedRegistration) (err error) {
	if !r.client.Client.Secret.IsZero() {
		chosen := "chosen-" + oauth.Random(24)
		sealed := r.session.Recorder.Seal("client_secret", chosen)
		metadata := r.changed()
		metadata["client_secret"] = chosen
		answer, err := r.session.Manage(ctx, r.scope, http.MethodPut, r.client, metadata)
		if err != nil {
			return err
		}
		e.ChosenSecret, e.Chosen = &answer, &sealed
	}
	metadata := r.changed()
	metadata["client_name"] = evidence.UpdatedName
	metadata["redirect_uris"] = []string{r.client.Client.Redirect + evidence.UpdatedPath}
	delete(metadata, "client_uri")
	if e.Update, err = r.session.Manage(ctx, r.scope, http.MethodPut, r.client, metadata); err != nil {
		return err
	}
	e.Updated, err = r.session.Manage(ctx, r.scope, http.MethodGet, r.client, nil)
	return err
}

// changed is the metadata of the client as an update has it (RFC 7592 section 2.2), to be changed.
func (r managed) changed() map[string]any {
	metadata := maps.Clone(r.client.Sent)
	metadata["client_id"] = r.client.Client.ID
	if secret := r.client.Client.Secret; !secret.IsZero() {
		metadata["client_secret"] = secret.Reveal()
	}
	return metadata
}

// launchRegistered registers a client, by the safest method that the server has, makes a standalone launch with it,
// deletes it and tries its token again.
func launchRegistered(ctx context.Context, s *session.Session) (evidence.RegisteredLaunch, error) {
	var e evidence.RegisteredLaunch
	launch, err := s.AnyLaunch()
	if err != nil {
		return e, err
	}
	if err := s.MayRegister(ctx); err != nil {
		return e, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return e, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.RegisteredLaunchKind.Name())
	methods := session.RegistrableMethods(m)
	app, err := s.Application(m, methods[len(methods)-1])
	if err != nil {
		return e, err
	}
	client, answer, err := s.Register(ctx, scope, app)
	if err != nil {
		return e, err
	}
	e.Client = evidence.RegisteredClient{Name: methods[len(methods)-1], Sent: asEvidence(app.Metadata), Answer: answer}
	if client == nil {
		return e, unavailable("the server did not register a client for " + e.Client.Name + ": it answered " + answer.Describe())
	}
	e.Keys = client.Kind == target.Asymmetric
	grant, err := s.FreshGrant(ctx, scope, session.Request{As: &client.Client, Launch: evidence.Launch{
		User: launch.User, Mode: string(target.Standalone), Client: string(client.Kind),
	}})
	e.Grant = grant.Evidence
	if err != nil || !grant.Evidence.Worked() || !client.Removable() {
		return e, err
	}
	return e, deleteLaunched(ctx, s, scope, client, grant, &e)
}

// deleteLaunched deletes the client and reads with its token before and after.
func deleteLaunched(ctx context.Context, s *session.Session, scope *record.Scope, client *session.Registered, grant session.Grant, e *evidence.RegisteredLaunch) error {
	read := session.Call{Name: "the patient in context", Path: "Patient", Token: grant.Tokens.Access}
	if patient, ok := grant.Evidence.Token.Text("patient"); ok {
		read.Path = "Patient/" + url.PathEscape(patient)
	}
	before, err := s.FHIR(ctx, scope, read)
	if err != nil {
		return err
	}
	deleted, err := s.Manage(ctx, scope, http.MethodDelete, client, nil)
	if err != nil {
		return err
	}
	after, err := s.FHIR(ctx, scope, read)
	e.Before, e.Delete, e.After = &before, &deleted, &after
	return err
}
