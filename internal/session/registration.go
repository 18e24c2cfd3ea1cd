package session

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Registered is a client that the session registered (RFC 7591), with what it takes to use and to manage it.
type Registered struct {
	Kind   target.ClientKind
	Client target.Client
	// Sent is the metadata that it was registered with.
	Sent map[string]any
	// ManageAt and ManageToken are registration_client_uri and registration_access_token (RFC 7592); empty
	// where the server does not offer them.
	ManageAt    string
	ManageToken string
}

// registrar remembers which clients the session has registered and not removed.
type registrar struct {
	first memo[FirstRegistration]
	mu    sync.Mutex
	open  []*Registered
}

// FirstRegistration is the first client of the run, by which it learns what the server allows.
type FirstRegistration struct {
	Registered *Registered // nil when the server did not register it
	Answer     evidence.RegistrationAnswer
}

// FirstRegistered registers the first client of the run, once. An Unavailable error says why the run cannot
// register any.
func (s *Session) FirstRegistered(ctx context.Context) (FirstRegistration, error) {
	return s.enrolled.first.get(ctx, "", func(ctx context.Context) (FirstRegistration, error) {
		m, err := s.Metadata(ctx)
		if err != nil {
			return FirstRegistration{}, err
		}
		if m.Registration == "" {
			return FirstRegistration{}, Unavailable{"the server names no registration_endpoint"}
		}
		app, err := s.Application(m, RegistrableMethods(m)[0])
		if err != nil {
			return FirstRegistration{}, err
		}
		var first FirstRegistration
		first.Registered, first.Answer, err = s.Register(ctx, s.Scope("registration.first"), app)
		if err != nil {
			return first, err
		}
		if why := s.turnedAway(first.Answer); why != "" {
			return first, Unavailable{why}
		}
		return first, nil
	})
}

// turnedAway says why a server that answers like this registers none of our clients, or "". An endpoint that
// is not there, fails or answers what is no registration turns nobody away.
func (s *Session) turnedAway(a evidence.RegistrationAnswer) string {
	switch {
	case (a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden) && s.Config.Registration.Token.IsZero():
		return fmt.Sprintf("the registration endpoint answered %s; give its initial access token as registration.token", a.Describe())
	case a.Status/100 == 4 && !slices.Contains([]int{404, 405, 408, 429}, a.Status):
		return fmt.Sprintf("the registration endpoint does not register smartcheck's client: it answered %s %s", a.Describe(), a.ErrorDescription())
	}
	return ""
}

// MayRegister says why no further client can be registered, or returns nil.
func (s *Session) MayRegister(ctx context.Context) error {
	first, err := s.FirstRegistered(ctx)
	switch {
	case err != nil:
		return err
	case first.Registered == nil:
		return fmt.Errorf("no client could be registered: the registration endpoint answered %s", first.Answer.Describe())
	case !first.Registered.Removable() && !s.Config.Intrusive:
		return Unavailable{"the server offers no way to remove registered clients (RFC 7592), and the target file does not allow intrusive probes"}
	}
	return nil
}

// Removable reports whether the server has said how to remove the client.
func (r *Registered) Removable() bool { return r.ManageAt != "" && r.ManageToken != "" }

// Register registers a client with the initial access token of the target file. It waits for the answer even
// when ctx ends, so that no client is left behind unknown.
func (s *Session) Register(ctx context.Context, scope *record.Scope, a Application) (*Registered, evidence.RegistrationAnswer, error) {
	token := s.Config.Registration.Token.Reveal()
	if a.Token != nil {
		token = *a.Token
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return nil, evidence.RegistrationAnswer{}, err
	}
	if err := ctx.Err(); err != nil {
		return nil, evidence.RegistrationAnswer{}, err
	}
	client := &Registered{Kind: a.Kind, Client: a.Client, Sent: a.Metadata}
	answer, err := s.tellRegistrar(context.WithoutCancel(ctx), scope, http.MethodPost, m.Registration, token, a.Metadata, client)
	if err != nil || client.Client.ID == "" {
		return nil, answer, err
	}
	s.enrolled.mu.Lock()
	s.enrolled.open = append(s.enrolled.open, client)
	s.enrolled.mu.Unlock()
	return client, answer, nil
}

// Manage makes a request about a registered client (RFC 7592 section 2) with its own token. Tokens and secrets that
// the answer renews take the place of the old ones.
func (s *Session) Manage(ctx context.Context, scope *record.Scope, method string, r *Registered, metadata map[string]any) (evidence.RegistrationAnswer, error) {
	return s.tellRegistrar(ctx, scope, method, r.ManageAt, r.ManageToken, metadata, r)
}

// ManageWith makes such a request with another token, or with none. Nothing of the answer is taken over.
func (s *Session) ManageWith(ctx context.Context, scope *record.Scope, method string, r *Registered, token string, metadata map[string]any) (evidence.RegistrationAnswer, error) {
	return s.tellRegistrar(ctx, scope, method, r.ManageAt, token, metadata, &Registered{})
}

// tellRegistrar sends a request about a registration and takes what the answer says of the client into it.
func (s *Session) tellRegistrar(ctx context.Context, scope *record.Scope, method, address, token string, metadata map[string]any, into *Registered) (evidence.RegistrationAnswer, error) {
	var body []byte
	if metadata != nil {
		var err error
		if body, err = json.Marshal(metadata); err != nil {
			return evidence.RegistrationAnswer{}, fmt.Errorf("cannot write the client metadata: %w", err)
		}
	}
	req, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return evidence.RegistrationAnswer{}, fmt.Errorf("cannot request %s: %w", address, err)
	}
	if metadata != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	if token != "" {
		s.Recorder.Seal("token", token)
		req.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := scope.Do(ctx, req)
	if err != nil {
		return evidence.RegistrationAnswer{Exchange: response.ID}, err
	}
	return s.registrationAnswer(response, into), nil
}

// registrationAnswer takes an answer apart.
func (s *Session) registrationAnswer(r record.Response, into *Registered) evidence.RegistrationAnswer {
	e := evidence.RegistrationAnswer{
		Exchange: r.ID, Status: r.Status, Header: s.Recorder.Headers(r.Header), Received: time.Now().Unix(), Empty: len(r.Body) == 0,
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(r.Body, &members) != nil || members == nil {
		return e
	}
	var secret, token string
	secret, e.Secret = s.sealMember(members, "client_secret")
	token, e.Token = s.sealMember(members, "registration_access_token")
	for name := range members {
		members[name] = s.redactMember(members, name)
	}
	e.Members = members
	if r.Status/100 != 2 {
		return e
	}
	if id, ok := e.Text("client_id"); ok {
		into.Client.ID = id
	}
	if secret != "" {
		into.Client.Secret = target.NewSecret(secret)
	}
	if token != "" {
		into.ManageToken = token
	}
	if address, ok := e.Text("registration_client_uri"); ok && s.manageable(address) {
		into.ManageAt = address
	}
	return e
}

// manageable reports whether an address that the server names for a registration may be given its token: it has to be
// as safe as the FHIR base.
func (s *Session) manageable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(s.Config.FHIR, "http://"))
}

// Forget says that a client is not to be removed at the end of the run, because it has been or because it stays.
func (s *Session) Forget(r *Registered) {
	s.enrolled.mu.Lock()
	defer s.enrolled.mu.Unlock()
	s.enrolled.open = slices.DeleteFunc(s.enrolled.open, func(open *Registered) bool { return open == r })
}

// removalTime bounds how long the end of a run waits for the server to remove its clients.
const removalTime = 20 * time.Second

// removeRegistered removes every client that is still registered. It does not report what it cannot remove, which
// the checks of RFC 7592 do.
func (s *Session) removeRegistered(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, removalTime)
	defer cancel()
	s.enrolled.mu.Lock()
	open := s.enrolled.open
	s.enrolled.open = nil
	s.enrolled.mu.Unlock()
	var wait sync.WaitGroup
	for _, client := range open {
		if client.Removable() {
			wait.Go(func() { _, _ = s.Manage(ctx, s.Scope("registration.removal"), http.MethodDelete, client, nil) })
		}
	}
	wait.Wait()
}
