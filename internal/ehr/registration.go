package ehr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// Bounds of dynamic registration. Whoever asks may register, so the oldest registration goes when there are
// too many.
const (
	maxRegistrations     = 512
	registrationLifetime = 365 * 24 * time.Hour
	maxClientMetadata    = 64 << 10 // bytes
)

// DemoRegistrationToken returns the initial access token that the registration endpoint knows (RFC 7591
// section 3), which each process makes anew. Registration is open to those who have none.
var DemoRegistrationToken = sync.OnceValue(opaque)

// registration is a client that was registered at the registration endpoint.
type registration struct {
	client   *registeredClient
	metadata map[string]any // as registered, under the names of RFC 7591 section 2
	issued   time.Time
	token    string // the registration access token
}

// client returns the client with that id: one that the EHR was started with or one that has registered.
func (t *tenant) client(id string) (*registeredClient, bool) {
	if c, known := t.server.clients[id]; known {
		return c, true
	}
	r, known := t.registered.get(id)
	if !known {
		return nil, false
	}
	return r.client, true
}

func (t *tenant) registerURL() string { return t.oauth + "/auth/register" }

// register serves the client registration endpoint (RFC 7591 section 3).
func (t *tenant) register(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		t.failMethod(w, "POST, OPTIONS")
		return
	}
	if failed := t.checkInitialToken(r); failed != nil {
		t.fail(w, failed)
		return
	}
	asked, err := readClientMetadata(r)
	if err != nil {
		t.failRegistration(w, tokenError("invalid_client_metadata", err.Error()))
		return
	}
	registered, failed := t.newRegistration(asked)
	if failed != nil {
		t.failRegistration(w, failed)
		return
	}
	t.registered.put(registered.client.ID, registered)
	status := http.StatusCreated
	if t.has(faults.RegistrationStatus200) {
		status = http.StatusOK
	}
	t.describeRegistration(w, status, t.misregistered(registered, t.clientInformation(registered)))
}

// failMethod answers a request with a method that the endpoint does not know.
func (t *tenant) failMethod(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	t.fail(w, &oauthError{code: "invalid_request", description: "use one of " + allowed, status: http.StatusMethodNotAllowed})
}

// checkInitialToken looks at the initial access token, when the request has one.
func (t *tenant) checkInitialToken(r *http.Request) *oauthError {
	token, given := bearer(r)
	demanded := t.has(faults.InitialTokenUnchecked)
	switch {
	case !given && demanded:
		return badBearer(http.StatusUnauthorized, "", "registration needs an initial access token")
	case given && !demanded && !sameSecret(token, DemoRegistrationToken()):
		return badBearer(http.StatusUnauthorized, "invalid_token", "the initial access token is unknown")
	}
	return nil
}

// bearer returns the token of the Authorization header, and whether the request has such a header.
func bearer(r *http.Request) (token string, given bool) {
	header := r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	return strings.TrimSpace(token), header != ""
}

// readClientMetadata reads the JSON object that a client says of itself.
func readClientMetadata(r *http.Request) (map[string]any, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, errors.New("the body is not application/json")
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxClientMetadata+1))
	if err != nil || len(raw) > maxClientMetadata {
		return nil, fmt.Errorf("the body is larger than %d bytes, or broke off", maxClientMetadata)
	}
	var asked map[string]any
	if json.Unmarshal(raw, &asked) != nil || asked == nil {
		return nil, errors.New("the body is not a JSON object")
	}
	return asked, nil
}

// newRegistration makes the registration of a client that asks for this metadata.
func (t *tenant) newRegistration(asked map[string]any) (*registration, *oauthError) {
	client, metadata, failed := t.readClient(asked)
	if failed != nil {
		return nil, failed
	}
	client.ID = "app-" + opaque()[:22]
	if t.has(faults.RegistrationIDRepeats) {
		client.ID = "app-" + fingerprint(client.Name, strings.Join(client.RedirectURIs, " "))[:22]
	}
	if client.Kind == Symmetric {
		client.Secret = opaque()
		if t.has(faults.RegistrationSecretShared) {
			client.Secret = fingerprint("the secret of every app", t.root)
		}
	}
	return &registration{client: client, metadata: metadata, issued: t.now(), token: opaque()}, nil
}

// clientInformation is what the client is told of its registration (RFC 7591 section 3.2.1, RFC 7592 section 3).
func (t *tenant) clientInformation(r *registration) map[string]any {
	d := maps.Clone(r.metadata)
	d["client_id"] = r.client.ID
	d["client_id_issued_at"] = r.issued.Unix()
	if r.client.Secret != "" {
		d["client_secret"] = r.client.Secret
		d["client_secret_expires_at"] = 0
	}
	d["registration_client_uri"] = t.registerURL() + "/" + r.client.ID
	d["registration_access_token"] = r.token
	return d
}

// describeRegistration answers with what the client is told, which holds its credentials.
func (t *tenant) describeRegistration(w http.ResponseWriter, status int, d map[string]any) {
	if t.has(faults.RegistrationCacheable) {
		w.Header().Del("Cache-Control")
	}
	writeJSON(w, status, d)
}

// failRegistration answers a registration that is refused (RFC 7591 section 3.2.2).
func (t *tenant) failRegistration(w http.ResponseWriter, e *oauthError) {
	switch {
	case t.has(faults.RegistrationErrorText):
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, e.description)
		return
	case t.has(faults.RegistrationErrorOther):
		e = tokenError("invalid_request", e.description)
	}
	t.fail(w, e)
}
