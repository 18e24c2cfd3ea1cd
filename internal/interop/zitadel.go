package interop

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// startZitadel serves the example provider of github.com/zitadel/oidc/v3 in this process. stop ends it.
func startZitadel(f *facade) (p provider, stop func()) {
	clients := map[string]*storage.Client{
		publicID:    storage.NativeClient(publicID, redirectURI),
		symmetricID: storage.WebClient(symmetricID, clientSecret, redirectURI),
		facadeID:    storage.WebClient(facadeID, facadeSecret),
	}
	records := &zitadelStorage{
		Storage: storage.NewStorageWithClients(zitadelUsers{}, clients), fhirUser: f.base() + "/" + fhirUser,
		issued: map[string]issuedToken{},
	}
	quiet := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(exampleop.SetupServer(f.origin, records, quiet, false))
	return provider{
		origin:        server.URL,
		introspection: "/oauth/introspect",
		configuration: f.smartConfiguration(map[string]string{
			"authorization_endpoint": "/auth", "token_endpoint": "/oauth/token", "jwks_uri": "/keys",
			"introspection_endpoint": "/oauth/introspect", "revocation_endpoint": "/revoke",
		}),
	}, server.Close
}

// zitadelUsers are the one user of the example provider.
type zitadelUsers struct{}

var zitadelUser = &storage.User{ID: username, Username: username, Password: password, FirstName: "Amy", LastName: "Shaw"}

func (zitadelUsers) GetUserByID(id string) *storage.User {
	if id != zitadelUser.ID {
		return nil
	}
	return zitadelUser
}

func (u zitadelUsers) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }
func (zitadelUsers) ExampleClientID() string                       { return storage.ServiceUserID }

// zitadelStorage is the example storage with what a SMART deployment has to add: scopes of its own, the
// claim fhirUser, and a resource server that may introspect every token.
type zitadelStorage struct {
	*storage.Storage
	fhirUser string

	mu     sync.Mutex
	issued map[string]issuedToken // by token id
}

type issuedToken struct {
	client string
	scopes []string
}

// GetClientByClientID returns clients that may ask for SMART scopes.
func (s *zitadelStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	client, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return smartClient{client}, nil
}

type smartClient struct{ op.Client }

// IsScopeAllowed is asked about scopes that OpenID Connect does not define.
func (smartClient) IsScopeAllowed(scope string) bool { return slices.Contains(scopes, scope) }

// SetUserinfoFromRequest puts fhirUser into the ID token.
func (s *zitadelStorage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, granted []string) error {
	if err := s.Storage.SetUserinfoFromRequest(ctx, info, token, granted); err != nil {
		return err
	}
	if slices.Contains(granted, "fhirUser") {
		info.AppendClaims("fhirUser", s.fhirUser)
	}
	return nil
}

// CreateAccessToken remembers what the facade will want to know about the token.
func (s *zitadelStorage) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	id, expires, err := s.Storage.CreateAccessToken(ctx, r)
	s.remember(id, r)
	return id, expires, err
}

// CreateAccessAndRefreshTokens remembers what the facade will want to know about the access token.
func (s *zitadelStorage) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	id, refresh, expires, err := s.Storage.CreateAccessAndRefreshTokens(ctx, r, current)
	s.remember(id, r)
	return id, refresh, expires, err
}

func (s *zitadelStorage) remember(id string, r op.TokenRequest) {
	if id == "" {
		return
	}
	token := issuedToken{scopes: r.GetScopes()}
	if by, ok := r.(interface{ GetClientID() string }); ok {
		token.client = by.GetClientID()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued[id] = token
}

// SetIntrospectionFromToken tells the facade about every token, although no token names it as audience.
func (s *zitadelStorage) SetIntrospectionFromToken(ctx context.Context, answer *oidc.IntrospectionResponse, id, subject, caller string) error {
	if caller != facadeID {
		return s.Storage.SetIntrospectionFromToken(ctx, answer, id, subject, caller)
	}
	s.mu.Lock()
	token, known := s.issued[id]
	s.mu.Unlock()
	if !known {
		return errInactive
	}
	if err := s.SetUserinfoFromToken(ctx, new(oidc.UserInfo), id, subject, ""); err != nil {
		return fmt.Errorf("%w: %w", errInactive, err) // revoked or expired
	}
	answer.Subject, answer.ClientID, answer.Scope = subject, token.client, token.scopes
	return nil
}
