package target

import (
	"encoding/json"
	"strings"
)

// An Application is a client of the target file before it is registered at a registration endpoint.
type Application struct {
	Kind     ClientKind
	Auth     string         // how a secret is sent
	Metadata map[string]any // of RFC 7591 section 2
}

// Applications returns what to register so that the written target file works.
func (d Discovered) Applications() []Application {
	var all []Application
	for _, client := range d.fileClients() {
		metadata := map[string]any{
			"client_name": "smartcheck (" + string(client.Kind) + ")", "scope": strings.Join(client.Scopes, " "),
		}
		if client.Interactive() {
			metadata["redirect_uris"], metadata["response_types"] = []string{redirectURI}, []string{"code"}
			metadata["grant_types"] = []string{"authorization_code", "refresh_token"}
		} else {
			metadata["grant_types"], metadata["response_types"] = []string{"client_credentials"}, []string{}
		}
		switch {
		case client.HasSecret():
			metadata["token_endpoint_auth_method"] = client.Auth
		case client.HasKey():
			metadata["token_endpoint_auth_method"], metadata["jwks"] = "private_key_jwt", json.RawMessage(d.JWKS)
		default:
			metadata["token_endpoint_auth_method"] = "none"
		}
		all = append(all, Application{Kind: client.Kind, Auth: client.Auth, Metadata: metadata})
	}
	return all
}
