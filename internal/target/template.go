package target

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Where the registered clients are said to live. Nothing listens there: the browser catches the
// navigation.
const (
	redirectURI = "https://app.example.org/callback"
	launchURI   = "https://app.example.org/launch"
)

// quoteYAML returns text as a YAML string in double quotes, with ${ taken for itself.
func quoteYAML(text string) (string, error) {
	raw, err := json.Marshal(strings.ReplaceAll(text, "${", "$${"))
	return string(raw), err
}

// A fileClient is one client of the template.
type fileClient struct {
	Kind     ClientKind
	ID       string // when it is registered already
	Why      string // one line
	Variable string // the beginning of the names of its variables
	Auth     string // how a secret is sent
	Scopes   []string
}

func (c fileClient) Interactive() bool { return c.Kind != Backend }
func (c fileClient) HasSecret() bool   { return c.Kind == Symmetric }
func (c fileClient) HasKey() bool      { return c.Kind == Asymmetric || c.Kind == Backend }

// A fileUser is one user of the template.
type fileUser struct {
	Role     UserRole
	Variable string // the beginning of the names of its variables
	Scopes   []string
}

// whyClient says what a client of that kind is, in a sentence.
func whyClient(kind ClientKind) string {
	sections := Keys()
	clients := sections[slices.IndexFunc(sections, func(k Key) bool { return k.Name == "clients" })].Keys
	return sentence(clients[slices.IndexFunc(clients, func(k Key) bool { return k.Name == string(kind) })].Summary())
}

func (d Discovered) fileUsers() []fileUser {
	var users []fileUser
	for _, role := range d.users() {
		users = append(users, fileUser{Role: role, Variable: strings.ToUpper(string(role)), Scopes: d.scopes(role)})
	}
	return users
}

func (d Discovered) fileClients() []fileClient {
	var clients []fileClient
	for _, kind := range d.clients() {
		clients = append(clients, fileClient{
			Kind: kind, ID: d.ClientIDs[kind], Why: whyClient(kind), Variable: strings.ToUpper(string(kind)) + "_CLIENT",
			Auth: d.secretAuth(), Scopes: d.registered(kind),
		})
	}
	return clients
}

// secretAuth returns how a client secret is sent: in the header, unless the server takes it in the body only.
func (d Discovered) secretAuth() string {
	if slices.Contains(d.AuthMethods, AuthPost) && !slices.Contains(d.AuthMethods, AuthBasic) {
		return AuthPost
	}
	return AuthBasic
}

// registered returns the scopes that a client must be allowed to ask for.
func (d Discovered) registered(kind ClientKind) []string {
	if kind == Backend {
		return []string{"system/Observation" + d.letters()}
	}
	var scopes []string
	if d.can("launch-ehr") {
		scopes = append(scopes, "launch")
	}
	for _, role := range d.users() {
		for _, scope := range d.scopes(role) {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// hostedScopes returns what a backend service is allowed to ask for whose keys smartcheck publishes; nil when
// the server has no backend services.
func (d Discovered) hostedScopes() []string {
	if !slices.Contains(d.clients(), Backend) {
		return nil
	}
	return d.registered(Backend)
}

// Variables returns the names of the environment variables that the written target file refers to.
func (d Discovered) Variables() []string {
	var names []string
	for _, user := range d.fileUsers() {
		names = append(names, user.Variable+"_USERNAME", user.Variable+"_PASSWORD")
	}
	for _, client := range d.fileClients() {
		if client.ID == "" {
			names = append(names, client.Variable+"_ID")
		}
		if client.HasSecret() {
			names = append(names, client.Variable+"_SECRET")
		}
	}
	if d.can("launch-ehr") {
		names = append(names, "PORTAL_URL")
	}
	if d.InitialToken {
		names = append(names, secrets["registration.token"])
	}
	return names
}

// Registration says what to register at the server so that the written target file works, for people.
func Registration(d Discovered) string {
	var out strings.Builder
	line := func(name, value string) { fmt.Fprintf(&out, "    %-14s %s\n", name, value) }
	todo := slices.DeleteFunc(d.fileClients(), func(c fileClient) bool { return c.ID != "" })
	if len(todo) > 0 {
		fmt.Fprintf(&out, "Register these clients at the authorization server of %s:\n", d.FHIR)
	}
	for _, client := range todo {
		fmt.Fprintf(&out, "\n  %s: %s\n", client.Kind, client.Why)
		if client.Interactive() {
			line("redirect URI", redirectURI)
			if d.can("launch-ehr") {
				line("launch URI", launchURI)
			}
		}
		if client.HasSecret() {
			line("authentication", client.Auth)
		}
		if client.HasKey() {
			line("authentication", "private_key_jwt, ES384 or RS384")
			line("JWKS", cmp.Or(d.JWKSFile, "(below)"))
		}
		line("scopes", strings.Join(client.Scopes, " "))
	}
	if scopes := d.hostedScopes(); scopes != nil {
		out.WriteString("\n  optional: Another backend service, whose keys smartcheck publishes itself (jwks in the target file).\n")
		line("authentication", "private_key_jwt, ES384 or RS384")
		line("JWKS URL", "the https URL that you give as jwks.url; the server must reach it and trust its certificate")
		line("scopes", strings.Join(scopes, " "))
	}
	if d.can("launch-ehr") {
		out.WriteString("\nIn the portal, give each launched client a button with its client id as text, or name the text under launches.app.\n")
	}
	if slices.ContainsFunc(todo, fileClient.HasKey) && len(d.JWKS) > 0 {
		fmt.Fprintf(&out, "\nThe public keys (JWKS):\n%s", d.JWKS)
	}
	return out.String()
}
