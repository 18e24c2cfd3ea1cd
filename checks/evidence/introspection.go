package evidence

import (
	"encoding/json"
	"strconv"
)

// Introspection is one request to introspect a token, and the answer.
type Introspection struct {
	Name     string  `json:"name,omitempty"` // of the token, or of the way in which it was asked about
	Exchange string  `json:"exchange"`
	Status   int     `json:"status"`
	Header   Headers `json:"header"`
	// Members are the members of the answer, when it is one JSON object.
	Members map[string]json.RawMessage `json:"members,omitempty"`
}

// Introspected reads an answer of the introspection endpoint that was taken apart like a token response.
func Introspected(name string, r TokenResponse) Introspection {
	return Introspection{Name: name, Exchange: r.Exchange, Status: r.Status, Header: r.Header, Members: r.Members}
}

// Active reports whether the answer says that the token is active. known is false when it says neither that
// nor the opposite, as a JSON boolean.
func (i Introspection) Active() (active, known bool) {
	switch string(i.Members["active"]) {
	case "true":
		return true, i.Status == 200
	case "false":
		return false, i.Status == 200
	}
	return false, false
}

// Text returns a member that is a JSON string.
func (i Introspection) Text(name string) (string, bool) { return text(i.Members, name) }

// Describe says in a few words what the endpoint answered.
func (i Introspection) Describe() string {
	d := strconv.Itoa(i.Status)
	active, said := i.Members["active"]
	failure, failed := i.Text("error")
	switch {
	case said:
		d += " with active " + string(active)
	case failed:
		d += " " + failure
	case i.Members == nil:
		d += " with a body that is not a JSON object (" + orNothing(i.Header.Get("Content-Type")) + ")"
	default:
		d += " without active"
	}
	return d
}

// LiveTokens are tokens that were good when they were introspected.
type LiveTokens struct {
	Caller string      `json:"caller"` // who introspected them, such as "clients.symmetric"
	Tokens []LiveToken `json:"tokens"`
}

// LiveToken is the access token of a grant, or of a backend service, and what introspection said of it.
type LiveToken struct {
	Name     string        `json:"name"`
	ClientID string        `json:"client_id"`     // to which it was issued
	OfCaller bool          `json:"of_caller"`     // which is the one that introspects
	Token    TokenResponse `json:"token"`         // that brought it
	Issued   int64         `json:"issued"`        // Unix time of the token response, by the clock of the server; 0 when it does not tell
	Answer   Introspection `json:"introspection"` // of the access token
	Hinted   Introspection `json:"hinted"`        // of the access token, under the hint that it is a refresh token
	// Refresh is the introspection of the refresh token, when one was issued.
	Refresh *Introspection `json:"refresh,omitempty"`
}

// DeadTokens are tokens that were no good when they were introspected.
type DeadTokens struct {
	Control Introspection   `json:"control"` // of a good token, by the same caller
	Tokens  []Introspection `json:"tokens"`
	// Missing says which kinds of dead tokens could not be had, and why.
	Missing []string `json:"missing,omitempty"`
}

// IntrospectionCallers are ways to ask about one good token.
type IntrospectionCallers struct {
	Control Introspection   `json:"control"` // by a caller who may
	Asked   []Introspection `json:"asked"`
	// NoBearer says why nobody asked by an access token that should do.
	NoBearer string `json:"no_bearer,omitempty"`
}

// Named returns the answer to the way of asking with that name.
func (c IntrospectionCallers) Named(name string) (Introspection, bool) {
	for _, asked := range c.Asked {
		if asked.Name == name {
			return asked, true
		}
	}
	return Introspection{}, false
}

// The names of dead tokens.
const (
	RandomToken    = "a random token"
	TruncatedToken = "a token without its end"
	AppendedToken  = "a token with something appended"
	ExpiredToken   = "an expired token"
	RevokedToken   = "a revoked token"
)

// The names of the ways to ask about a token.
const (
	AskedAnonymously  = "no credentials"
	AskedWrongSecret  = "wrong credentials"
	AskedRandomBearer = "a random Bearer token"
	AskedByToken      = "the access token of the calling client as Bearer"
	AskedByNamedToken = "introspection.token as Bearer"
	AskedByGet        = "GET with the token in the URL"
	AskedInQuery      = "POST with the token in the URL"
)

// The kinds of evidence about introspection.
var (
	LiveTokensKind           = NewKind[LiveTokens]("introspection.live")
	DeadTokensKind           = NewKind[DeadTokens]("introspection.dead")
	IntrospectionCallersKind = NewKind[IntrospectionCallers]("introspection.callers")
)
