package evidence

import (
	"encoding/json"
	"strconv"
)

// RegistrationAnswer is what the registration endpoint, or the address of a registration, answered.
type RegistrationAnswer struct {
	Exchange string  `json:"exchange"`
	Status   int     `json:"status"`
	Header   Headers `json:"header,omitempty"`
	// Members are the members of the answer, when it is one JSON object; values of secrets are replaced.
	Members  map[string]json.RawMessage `json:"members,omitempty"`
	Secret   *Secret                    `json:"client_secret,omitempty"`             // when it is a non-empty string
	Token    *Secret                    `json:"registration_access_token,omitempty"` // when it is a non-empty string
	Received int64                      `json:"received"`                            // Unix time, seconds
	Empty    bool                       `json:"empty,omitempty"`                     // it has no body
}

// Text returns a member that is a JSON string.
func (a RegistrationAnswer) Text(name string) (string, bool) { return text(a.Members, name) }

// Words returns a member that is an array of strings.
func (a RegistrationAnswer) Words(name string) ([]string, bool) {
	var words []string
	raw, there := a.Members[name]
	if !there || json.Unmarshal(raw, &words) != nil || words == nil {
		return nil, false
	}
	return words, true
}

// Has reports whether the answer has a member that is not null.
func (a RegistrationAnswer) Has(name string) bool {
	raw, there := a.Members[name]
	return there && string(raw) != "null"
}

// ID returns the client id of a registration, or "".
func (a RegistrationAnswer) ID() string {
	id, _ := a.Text("client_id")
	return id
}

// Succeeded reports whether the status says so.
func (a RegistrationAnswer) Succeeded() bool { return a.Status/100 == 2 }

// Registered reports whether the answer is that of a registered client.
func (a RegistrationAnswer) Registered() bool { return a.Succeeded() && a.ID() != "" }

// Error returns the error member, or "".
func (a RegistrationAnswer) Error() string {
	e, _ := a.Text("error")
	return e
}

// ErrorDescription returns what the server says of an error, shortened.
func (a RegistrationAnswer) ErrorDescription() string {
	d, _ := a.Text("error_description")
	all := []rune(d)
	return string(all[:min(len(all), 200)])
}

// Describe says in a few words what was answered.
func (a RegistrationAnswer) Describe() string {
	d := strconv.Itoa(a.Status)
	switch {
	case a.Registered():
		d += " with a client"
	case a.Error() != "":
		d += " " + a.Error()
	case a.Empty:
		d += " without a body"
	case a.Members == nil:
		d += " with a body that is not a JSON object (" + orNothing(a.Header.Get("Content-Type")) + ")"
	default:
		d += " without client_id and without error"
	}
	return d
}

// AuthTrial is a token request whose code nobody was given, once with the right credentials of a client and once
// with wrong ones. Both must fail; what differs is whether it is for the client.
type AuthTrial struct {
	Right TokenResponse `json:"right"`
	Wrong TokenResponse `json:"wrong"`
}

// RegisteredClient is one registration, and whether the client that came of it is known at the token endpoint.
type RegisteredClient struct {
	Name   string                     `json:"name"`
	Sent   map[string]json.RawMessage `json:"sent"`
	Answer RegistrationAnswer         `json:"answer"`
	Trial  *AuthTrial                 `json:"trial,omitempty"` // when it was registered
}

// Registrations are registrations that one probe made.
type Registrations struct {
	Clients []RegisteredClient `json:"clients"`
}

// Named returns the registration with that name.
func (r Registrations) Named(name string) (RegisteredClient, bool) {
	for _, c := range r.Clients {
		if c.Name == name {
			return c, true
		}
	}
	return RegisteredClient{}, false
}

// The names of registrations in RegistrationRefusalsKind.
const (
	PlainRedirect        = "an http redirect URI on another machine"
	ScriptRedirect       = "a script as redirect URI"
	FragmentRedirect     = "a redirect URI with a fragment"
	NoRedirect           = "no redirect URI"
	TwoKeySets           = "jwks and jwks_uri"
	InconsistentResponse = "the response type token with the authorization code grant"
	UnknownMember        = "a member that nobody knows"
	UnsignedStatement    = "an unsigned software statement"
	UnknownMethod        = "an unknown authentication method"
)

// StatedName is the client_name in the software statement of UnsignedStatement.
const StatedName = "Vouched for by nobody"

// InitialToken is what registrations brought whose initial access token was missing or wrong.
type InitialToken struct {
	Without RegistrationAnswer `json:"without"`
	Wrong   RegistrationAnswer `json:"wrong"`
}

// StrangerCall is a request about a registration with a token that is not its own.
type StrangerCall struct {
	Name   string             `json:"name"`
	Answer RegistrationAnswer `json:"answer"`
}

// ManagedRegistration is the life of one registration, from reading it to what is left after its deletion.
type ManagedRegistration struct {
	Registered RegistrationAnswer `json:"registered"`
	Read       RegistrationAnswer `json:"read"`
	Strangers  []StrangerCall     `json:"strangers"`
	// ChosenSecret is an update with a secret that the client chose, when it has one; Chosen is that secret.
	ChosenSecret *RegistrationAnswer `json:"chosen_secret,omitempty"`
	Chosen       *Secret             `json:"chosen,omitempty"`
	// Update is an update to other metadata, and Updated what was read after it.
	Update  RegistrationAnswer `json:"update"`
	Updated RegistrationAnswer `json:"updated"`
	// Before and After are trials of the client, before and after the deletion. Gone is what reading the deleted
	// registration brought.
	Before AuthTrial          `json:"before"`
	Delete RegistrationAnswer `json:"delete"`
	Gone   RegistrationAnswer `json:"gone"`
	After  AuthTrial          `json:"after"`
}

// Where the update of ManagedRegistration moves the client, and what it calls it.
const (
	UpdatedName = "smartcheck, updated by a test run"
	UpdatedPath = "/moved"
)

// RegisteredLaunch is a launch of a registered client, and what became of its tokens when the client was deleted.
type RegisteredLaunch struct {
	Client RegisteredClient    `json:"client"`
	Keys   bool                `json:"keys,omitempty"` // it was registered with inline keys
	Grant  Grant               `json:"grant"`
	Before *FHIRAnswer         `json:"before,omitempty"`
	Delete *RegistrationAnswer `json:"delete,omitempty"`
	After  *FHIRAnswer         `json:"after,omitempty"`
}

// The kinds of evidence about dynamic client registration.
var (
	RegisteredClientsKind    = NewKind[Registrations]("registration.clients")
	RegistrationRefusalsKind = NewKind[Registrations]("registration.refusals")
	InitialTokenKind         = NewKind[InitialToken]("registration.initial-token")
	ManagedRegistrationKind  = NewKind[ManagedRegistration]("registration.management")
	RegisteredLaunchKind     = NewKind[RegisteredLaunch]("registration.launch")
)
