package ehr

import (
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// manageRegistration serves the client configuration endpoint (RFC 7592 section 2).
func (t *tenant) manageRegistration(w http.ResponseWriter, r *http.Request) {
	registered, failed := t.ownRegistration(r)
	if failed != nil {
		t.fail(w, failed)
		return
	}
	switch r.Method {
	case http.MethodGet:
		t.describeRegistration(w, http.StatusOK, t.misreadBack(t.clientInformation(registered)))
	case http.MethodPut:
		t.updateRegistration(w, r, registered)
	case http.MethodDelete:
		t.deleteRegistration(w, registered)
	default:
		t.failMethod(w, "GET, PUT, DELETE")
	}
}

// ownRegistration returns the registration that a request is about and has the access token of. One that
// does not exist is answered like a wrong token (RFC 7592 section 2.1).
func (t *tenant) ownRegistration(r *http.Request) (*registration, *oauthError) {
	token, _ := bearer(r)
	registered, known := t.registered.get(r.PathValue("client"))
	switch {
	case !known && t.has(faults.RegistrationDeletedNotFound):
		return nil, &oauthError{code: "invalid_request", description: "no such client", status: http.StatusNotFound}
	case known && t.managesWith(registered, token):
		return registered, nil
	case token == "":
		return nil, badBearer(http.StatusUnauthorized, "", "")
	}
	return nil, badBearer(http.StatusUnauthorized, "invalid_token", "the registration access token is unknown")
}

func (t *tenant) managesWith(registered *registration, token string) bool {
	switch {
	case sameSecret(token, registered.token), t.has(faults.RegistrationTokenUnchecked):
		return true
	case t.has(faults.RegistrationTokenAnyClient):
		return slices.ContainsFunc(t.registered.values(), func(other *registration) bool { return sameSecret(token, other.token) })
	}
	return false
}

// updateRegistration replaces the metadata of a client (RFC 7592 section 2.2). Grants that it was given as what
// it was before end.
func (t *tenant) updateRegistration(w http.ResponseWriter, r *http.Request, old *registration) {
	asked, err := readClientMetadata(r)
	if err != nil {
		t.failRegistration(w, tokenError("invalid_client_metadata", err.Error()))
		return
	}
	if why := t.badUpdate(asked, old); why != "" {
		t.failRegistration(w, tokenError("invalid_client_metadata", why))
		return
	}
	if t.has(faults.RegistrationUpdateAugments) {
		augment(asked, old)
	}
	client, metadata, failed := t.readClient(asked)
	if failed != nil {
		t.failRegistration(w, failed)
		return
	}
	client.ID, client.Secret = old.client.ID, old.client.Secret
	if client.Kind == Symmetric && client.Secret == "" {
		client.Secret = opaque()
	}
	if chosen, ok := asked["client_secret"].(string); ok && t.has(faults.RegistrationSecretChosen) {
		client.Secret = chosen
	}
	renewed := &registration{client: client, metadata: metadata, issued: old.issued, token: old.token}
	if !t.has(faults.RegistrationUpdateIgnored) {
		t.registered.put(client.ID, renewed)
		t.endGrants(client.ID)
	}
	t.describeRegistration(w, http.StatusOK, t.clientInformation(renewed))
}

// badUpdate says why an update is none of this client.
func (t *tenant) badUpdate(asked map[string]any, old *registration) string {
	if id, _ := asked["client_id"].(string); id != old.client.ID {
		return "client_id is not that of the client"
	}
	secret, there := asked["client_secret"].(string)
	if there && !sameSecret(secret, old.client.Secret) && !t.has(faults.RegistrationSecretChosen) {
		return "client_secret is not that of the client, which cannot choose it"
	}
	for _, name := range []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"} {
		if _, there := asked[name]; there {
			return name + " cannot be updated"
		}
	}
	return ""
}

// deleteRegistration ends a registration and what was granted to the client (RFC 7592 section 2.3).
func (t *tenant) deleteRegistration(w http.ResponseWriter, registered *registration) {
	id := registered.client.ID
	if !t.has(faults.RegistrationDeleteKeepsClient) {
		t.registered.drop(id)
	}
	if !t.has(faults.RegistrationDeleteKeepsTokens) {
		t.endGrants(id)
	}
	if t.has(faults.RegistrationDelete200) {
		writeJSON(w, http.StatusOK, map[string]any{"client_id": id, "deleted": true})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// endGrants revokes what was granted to a client.
func (t *tenant) endGrants(id string) {
	for _, g := range t.grants.to(id) {
		t.grants.revoke(g)
	}
}

// to returns the grants of a client that hold a code or a token.
func (l *ledger) to(id string) []*grant {
	var out []*grant
	add := func(g *grant) {
		if g.client.ID == id {
			out = append(out, g)
		}
	}
	for _, c := range l.codes.values() {
		add(c.grant)
	}
	for _, a := range l.tokens.values() {
		add(a.grant)
	}
	for _, r := range l.refresh.values() {
		add(r.grant)
	}
	return out
}
