// Package target holds what to test: the server, and the clients, users and records to test it with.
// It comes from a target file (Load) or is built in Go by a server's own tests.
package target

import (
	"slices"
	"strings"
	"time"
)

// Config describes one server under test. The zero value of an optional field means its default;
// WithDefaults fills them in.
type Config struct {
	Version int    `yaml:"version,omitempty"` // of the target file format: 1
	Name    string `yaml:"name,omitempty"`    // for reports
	// FHIR is the base URL exactly as the server knows it: it is sent as aud and compared with iss.
	FHIR        string   `yaml:"fhir,omitempty"`
	Spec        string   `yaml:"spec,omitempty"` // 1.0.0, 2.0.0 or 2.2.0
	TLS         TLS      `yaml:"tls,omitempty"`
	Concurrency int      `yaml:"concurrency,omitempty"` // probes at once
	Timeouts    Timeouts `yaml:"timeouts,omitempty"`
	// SampleCodes is how many authorization codes are compared with each other.
	SampleCodes int `yaml:"sampleCodes,omitempty"`
	// Intrusive allows probes that may lock accounts or revoke tokens of others.
	Intrusive bool `yaml:"intrusive,omitempty"`
	// AllowPrivateAddresses allows following URLs of discovery to private and loopback addresses
	// although FHIR lives elsewhere.
	AllowPrivateAddresses bool                  `yaml:"allowPrivateAddresses,omitempty"`
	Users                 map[UserRole]User     `yaml:"users,omitempty"`
	Clients               map[ClientKind]Client `yaml:"clients,omitempty"`
	Login                 Login                 `yaml:"login,omitempty"`
	Launches              Launches              `yaml:"launches,omitempty"`
	Discovery             Discovery             `yaml:"discovery,omitempty"`
	Scopes                map[UserRole][]string `yaml:"scopes,omitempty"`
	Data                  Data                  `yaml:"data,omitempty"`
	JWKS                  JWKS                  `yaml:"jwks,omitempty"`
	Introspection         Introspection         `yaml:"introspection,omitempty"`
	Registration          DynamicRegistration   `yaml:"registration,omitempty"`
	// CapabilitySets are the capability sets of SMART App Launch that the operator claims.
	CapabilitySets []string `yaml:"capabilitySets,omitempty"`
	// Expectations is the file of known outcomes. Load makes it relative to the target file.
	Expectations string `yaml:"expectations,omitempty"`
	// Brands are those that the linked brand bundle may hold, by the value of an identifier or by name.
	Brands []string `yaml:"brands,omitempty"`
}

// TLS says how the certificate of the server is verified.
type TLS struct {
	CAFile   string `yaml:"ca,omitempty"` // where CA was read from, as the target file names it
	CA       []byte `yaml:"-"`            // PEM certificates to trust besides those of the system
	Insecure bool   `yaml:"insecure,omitempty"`
}

// Timeouts bound how long is waited.
type Timeouts struct {
	Request time.Duration `yaml:"request,omitempty"` // for one HTTP response
	Page    time.Duration `yaml:"page,omitempty"`    // for a page to react after the driver has used it
	Journey time.Duration `yaml:"journey,omitempty"` // for a whole journey through the browser
	// CodeExpiry is how long the server says that its authorization codes live. Zero means that nothing waits
	// for one to expire.
	CodeExpiry time.Duration `yaml:"codeExpiry,omitempty"`
	// TokenExpiry bounds how long a probe waits for an access token to expire.
	TokenExpiry time.Duration `yaml:"tokenExpiry,omitempty"`
	// Revocation is how long a revoked token may go on working until everybody knows of its end.
	Revocation time.Duration `yaml:"revocation,omitempty"`
}

// UserRole says who signs in.
type UserRole string

// The users that a target may have.
const (
	Patient   UserRole = "patient"
	Clinician UserRole = "clinician"
)

// UserRoles lists every role.
var UserRoles = []UserRole{Patient, Clinician}

// User is a person who signs in at the server.
type User struct {
	Username  string `yaml:"username,omitempty"`
	Password  Secret `yaml:"password,omitempty"`
	TOTP      Secret `yaml:"totp,omitempty"`      // of a second factor: base32, or an otpauth:// URL
	Patient   string `yaml:"patient,omitempty"`   // id of the user's own record, or of the one to pick
	Encounter string `yaml:"encounter,omitempty"` // id of the encounter to pick, and that the portal has open
}

// ClientKind says how a client authenticates and what it is for.
type ClientKind string

// The clients that a target may have.
const (
	Public     ClientKind = "public"     // no credentials
	Symmetric  ClientKind = "symmetric"  // a shared secret
	Asymmetric ClientKind = "asymmetric" // private_key_jwt
	Backend    ClientKind = "backend"    // client_credentials with private_key_jwt, no user
	Expiring   ClientKind = "expiring"   // like Public, and its codes and access tokens live for seconds
)

// ClientKinds lists every kind.
var ClientKinds = []ClientKind{Public, Symmetric, Asymmetric, Backend, Expiring}

// The ways to send a client secret (RFC 6749 section 2.3.1).
const (
	AuthBasic = "client_secret_basic"
	AuthPost  = "client_secret_post"
)

// Client is a client registered at the server. Its kind says which fields it has: a symmetric client a
// Secret and an Auth; an asymmetric client and a backend service a Key; all but a backend service a
// Redirect.
type Client struct {
	ID     string `yaml:"id,omitempty"`
	Secret Secret `yaml:"secret,omitempty"`
	Auth   string `yaml:"auth,omitempty"` // AuthBasic or AuthPost
	// Key is a private key: a JWK, a JWKS or PEM (never the name of a file: Load reads that).
	Key      Secret   `yaml:"key,omitempty"`
	Alg      string   `yaml:"alg,omitempty"` // ES384 or RS384; by default that of the key
	KID      string   `yaml:"kid,omitempty"` // which key of a JWKS
	Redirect string   `yaml:"redirect,omitempty"`
	Launch   string   `yaml:"launch,omitempty"`
	Scopes   []string `yaml:"scopes,omitempty"` // asked for instead of the scopes of the user
	// Beyond are scopes that a backend service is not registered for.
	Beyond []string `yaml:"beyond,omitempty"`
}

// Introspection says who introspects tokens. Without it, any client that can authenticate is tried.
type Introspection struct {
	Client ClientKind `yaml:"client,omitempty"`
	Token  Secret     `yaml:"token,omitempty"` // an access token that allows introspection
}

// LaunchMode says where a launch begins.
type LaunchMode string

// The ways to launch an app.
const (
	Standalone LaunchMode = "standalone"
	EHR        LaunchMode = "ehr"
)

// LaunchModes lists both ways.
var LaunchModes = []LaunchMode{Standalone, EHR}

// Launches says how an EHR launch begins.
type Launches struct {
	Portal    string                `yaml:"portal,omitempty"`    // the page with the launch button
	URL       string                `yaml:"url,omitempty"`       // a link that launches the app, instead of a portal
	Recording Recording             `yaml:"recording,omitempty"` // of the way to the launch, from the portal or from its own start
	App       map[ClientKind]string `yaml:"app,omitempty"`       // the text of each client's button
	Embedded  bool                  `yaml:"embedded,omitempty"`  // apps open in a frame of the portal
}

// DynamicRegistration says how clients are registered at the registration endpoint of the server (RFC 7591).
type DynamicRegistration struct {
	Token Secret `yaml:"token,omitempty"` // the initial access token, where the endpoint wants one
}

// Data names the records that access control is tried on.
type Data struct {
	OtherPatient  string   `yaml:"otherPatient,omitempty"`  // whom the patient user must not see
	Resource      string   `yaml:"resource,omitempty"`      // a type that the scopes allow
	OtherResource string   `yaml:"otherResource,omitempty"` // a type that they do not
	Granular      Granular `yaml:"granular,omitempty"`
	// VisiblePatients are patients whom the clinician may see, and ForbiddenRecord is a record ("Type/id")
	// that the clinician must not see.
	VisiblePatients []string `yaml:"visiblePatients,omitempty"`
	ForbiddenRecord string   `yaml:"forbiddenRecord,omitempty"`
	// SiblingBase is another FHIR base of the same server, which tokens for FHIR must not open.
	SiblingBase string `yaml:"siblingBase,omitempty"`
	// Writable allows probes to create, change and delete records of Resource that they made themselves.
	Writable bool  `yaml:"writable,omitempty"`
	State    State `yaml:"state,omitempty"`
}

// State names two codes, each as system|code, under which the clients may keep app state.
type State struct {
	Code      string `yaml:"code,omitempty"`
	OtherCode string `yaml:"otherCode,omitempty"`
}

// Granular is a search parameter that narrows a scope on Data.Resource.
type Granular struct {
	Parameter string `yaml:"parameter,omitempty"`
	Value     string `yaml:"value,omitempty"` // what is asked for
	Other     string `yaml:"other,omitempty"` // what is not, and other records carry
}

// Client returns the client of that kind, if the target has one.
func (c Config) Client(kind ClientKind) (Client, bool) {
	client, ok := c.Clients[kind]
	return client, ok
}

// User returns the user in that role, if the target has one.
func (c Config) User(role UserRole) (User, bool) {
	user, ok := c.Users[role]
	return user, ok
}

// Button returns the text of the portal's launch button for the client: by default its id.
func (c Config) Button(kind ClientKind) string {
	if text := c.Launches.App[kind]; text != "" {
		return text
	}
	return c.Clients[kind].ID
}

// Lacks says what the target file would need for a launch of that kind, or "" when it has all.
func (c Config) Lacks(role UserRole, mode LaunchMode, kind ClientKind) string {
	client, hasClient := c.Clients[kind]
	_, hasUser := c.Users[role]
	_, portal := c.Login.Recording(role, MomentPortal)
	switch {
	case kind == Backend:
		return "a backend service is not launched"
	case !hasClient:
		return "the target file has no clients." + string(kind)
	case !hasUser:
		return "the target file has no users." + string(role)
	case mode == EHR && c.Launches.Portal == "" && c.Launches.URL == "" && c.Launches.Recording.IsZero() && !portal:
		return "the target file has no launches.portal"
	case mode == EHR && client.Launch == "":
		return "the target file has no clients." + string(kind) + ".launch"
	}
	return ""
}

// LaunchScopes returns what a launch asks for: the scopes of the client or else of the user, with
// launch in an EHR launch, and with launch/patient in a standalone launch that names no context.
func (c Config) LaunchScopes(role UserRole, mode LaunchMode, kind ClientKind) []string {
	scopes := c.Clients[kind].Scopes
	if len(scopes) == 0 {
		scopes = c.Scopes[role]
	}
	isContext := func(s string) bool { return strings.HasPrefix(s, "launch/") }
	plain := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool {
		return s == "launch" || mode == EHR && isContext(s)
	})
	switch {
	case mode == EHR:
		return append([]string{"launch"}, plain...)
	case slices.ContainsFunc(plain, isContext):
		return plain
	default:
		return append([]string{"launch/patient"}, plain...)
	}
}
