package ehr

import (
	"sync"
	"time"
)

// Where the demonstration clients live. Nothing listens there: a browser under test catches the
// navigation.
const (
	DemoRedirectURI = "https://app.example.org/callback"
	DemoLaunchURI   = "https://app.example.org/launch"
)

// Ids of the demonstration clients.
const (
	DemoPublicID     = "smartcheck-public"
	DemoSymmetricID  = "smartcheck: symmetric+100%&more" // what RFC 6749 section 2.3.1 has encoded in Basic credentials
	DemoAsymmetricID = "smartcheck-asymmetric"
	DemoBackendID    = "smartcheck-backend"
	DemoExpiringID   = "smartcheck-expiring"
	DemoHostedID     = "smartcheck-hosted"
)

// ExpiringLifetime is how long the codes and the access tokens of the expiring client live: long enough to use
// one, and short enough to wait for its end.
const ExpiringLifetime = 6 * time.Second

// DemoSecret returns the secret of the symmetric demonstration client, which each process makes anew. It
// holds characters that have to be encoded in Basic credentials, as the id does.
var DemoSecret = sync.OnceValue(func() string { return opaque() + " :%+&=/" })

// appScopes are what an app may be granted.
var appScopes = []string{
	"openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "launch/imagingstudy", "offline_access", "online_access",
	"patient/*.cruds", "user/*.cruds",
}

// DemoClients returns one client of each kind, and a public one whose codes and access tokens live for seconds.
// publicJWKS holds the public keys of the asymmetric and the backend client; without it these two are left out.
func DemoClients(publicJWKS []byte) []Client {
	app := func(id, name string, kind Kind) Client {
		return Client{
			ID: id, Name: name, Kind: kind, Scopes: appScopes,
			RedirectURIs: []string{DemoRedirectURI}, LaunchURI: DemoLaunchURI,
		}
	}
	symmetric := app(DemoSymmetricID, "Growth Chart (symmetric)", Symmetric)
	symmetric.Secret = DemoSecret()
	expiring := app(DemoExpiringID, "Growth Chart (expiring)", Public)
	expiring.LaunchURI, expiring.CodeLifetime, expiring.AccessLifetime = "", ExpiringLifetime, ExpiringLifetime
	clients := []Client{app(DemoPublicID, "Growth Chart (public)", Public), symmetric, expiring}
	if len(publicJWKS) == 0 {
		return clients
	}
	asymmetric := app(DemoAsymmetricID, "Growth Chart (asymmetric)", Asymmetric)
	asymmetric.JWKS = publicJWKS
	return append(clients, asymmetric, Client{
		ID: DemoBackendID, Name: "Nightly Registry Export", Kind: Backend, JWKS: publicJWKS,
		Scopes: []string{"system/*.rs"},
	})
}

// DemoHosted returns a backend service that publishes its keys at jwksURI.
func DemoHosted(jwksURI string) Client {
	return Client{ID: DemoHostedID, Name: "Registry Export with a key set", Kind: Backend, JWKSURI: jwksURI, Scopes: []string{"system/*.rs"}}
}
