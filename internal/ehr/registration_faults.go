package ehr

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// misregistered applies the defects of single members of the registration response.
func (t *tenant) misregistered(r *registration, d map[string]any) map[string]any {
	switch {
	case t.has(faults.RegistrationIDMissing):
		delete(d, "client_id")
		d["clientId"] = r.client.ID
	case t.has(faults.RegistrationEchoMissing):
		delete(d, "redirect_uris")
		delete(d, "token_endpoint_auth_method")
	case t.has(faults.RegistrationExpiryMissing):
		delete(d, "client_secret_expires_at")
	case t.has(faults.RegistrationExpiryMillis):
		if r.client.Secret != "" {
			d["client_secret_expires_at"] = r.issued.Add(registrationLifetime).UnixMilli()
		}
	case t.has(faults.RegistrationTokenWithheld):
		delete(d, "registration_access_token")
	}
	return d
}

// misreadBack applies the defect of what a client reads of its registration.
func (t *tenant) misreadBack(d map[string]any) map[string]any {
	if t.has(faults.RegistrationReadForgets) {
		delete(d, "redirect_uris")
	}
	return d
}

// misread applies the defects of how client metadata is read.
func (t *tenant) misread(m *clientMetadata, client *registeredClient) {
	switch {
	case t.has(faults.RegistrationUnknownRefused):
		for name := range m.asked {
			if strings.HasPrefix(name, "example_") {
				m.refuse("invalid_client_metadata", name+" is unknown")
			}
		}
	case t.has(faults.RegistrationKeysForgotten):
		client.keys.Keys = nil
	case t.has(faults.RegistrationNotUsable) && client.Kind != Backend:
		client.RedirectURIs = []string{"https://pending.invalid/"}
	case t.has(faults.RegistrationStatementUnverified):
		statement, _ := m.asked["software_statement"].(string)
		parts := strings.Split(statement, ".")
		if len(parts) != 3 {
			return
		}
		var claims map[string]any
		raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(raw, &claims) // the defect is to look no closer
		if name, ok := claims["client_name"].(string); ok {
			client.Name, m.registered["client_name"] = name, name
		}
		m.registered["software_statement"] = statement
	}
}

// augment adds what the client had before to what it asks for now.
func augment(asked map[string]any, old *registration) {
	uris, _ := asked["redirect_uris"].([]any)
	for _, uri := range old.client.RedirectURIs {
		uris = append(uris, uri)
	}
	asked["redirect_uris"] = uris
	for name, value := range old.metadata {
		if _, there := asked[name]; !there {
			asked[name] = value
		}
	}
}
