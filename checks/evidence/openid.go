package evidence

import "slices"

// Fit says how a hash in an ID token stands to what it was made of.
type Fit string

// The values of Fit. It is empty when the claim is absent or nobody knows its hash function.
const (
	Matches Fit = "matches"
	Differs Fit = "differs"
)

// SigningKeys are the ID tokens of all launches and the key set as it was read after the last of them.
type SigningKeys struct {
	Tokens     []SignedToken `json:"tokens"`
	Published  []string      `json:"published,omitempty"`  // the kid of every key; "" for a key without one
	Problem    string        `json:"problem,omitempty"`    // why the key set could not be read
	Algorithms []string      `json:"algorithms,omitempty"` // id_token_signing_alg_values_supported
}

// SignedToken is the signature of one ID token.
type SignedToken struct {
	Launch    Launch `json:"launch"`
	Exchange  string `json:"exchange"`
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid,omitempty"`
	AtOnce    string `json:"at_once,omitempty"` // why the signature did not hold when the token came, or ""
	Later     string `json:"later,omitempty"`   // why it does not hold with the key set that was read later, or ""
}

// UserInfos are calls of the UserInfo endpoint.
type UserInfos struct {
	Calls []UserInfo `json:"calls"`
}

// Only returns the calls with that name.
func (u UserInfos) Only(name string) []UserInfo {
	return slices.DeleteFunc(slices.Clone(u.Calls), func(c UserInfo) bool { return c.Name != name })
}

// UserInfo is one call of the UserInfo endpoint.
type UserInfo struct {
	Name      string   `json:"name"`
	Launch    Launch   `json:"launch"`
	Exchange  string   `json:"exchange"`
	Status    int      `json:"status"`
	Challenge []string `json:"challenge,omitempty"`  // WWW-Authenticate
	MediaType string   `json:"media_type,omitempty"` // in lower case, without parameters
	Subject   string   `json:"sub,omitempty"`        // of the answer, when it is a string
	IDSubject string   `json:"id_sub,omitempty"`     // of the ID token that came with the access token
	Problem   string   `json:"problem,omitempty"`    // why no claims could be read
	Signature string   `json:"signature,omitempty"`  // why the signature of a signed answer does not hold, or ""
}

// Tells reports whether the answer says who the user is.
func (u UserInfo) Tells() bool { return u.Status >= 200 && u.Status <= 299 && u.Subject != "" }

// The names of the calls of the UserInfo endpoint.
const (
	UserInfoGet      = "GET with an access token"
	UserInfoPost     = "POST with an access token"
	UserInfoNoToken  = "without a token"
	UserInfoNoOpenID = "with a token that openid was not granted to"
)

// OpenIDTurns are authorization requests that one browser made one after the other.
type OpenIDTurns struct {
	Turns    []OpenIDTurn `json:"turns"`
	Prompts  []string     `json:"prompts,omitempty"`  // prompt_values_supported
	Withheld string       `json:"withheld,omitempty"` // why the request with max_age was not made
}

// OpenIDTurn is one of these requests.
type OpenIDTurn struct {
	Name          string         `json:"name"`
	SignedIn      bool           `json:"signed_in"` // somebody had signed in with the browser before
	Nonce         string         `json:"nonce,omitempty"`
	Authorization Authorization  `json:"authorization"`
	Token         *TokenResponse `json:"token,omitempty"`
	Refreshed     *TokenResponse `json:"refreshed,omitempty"` // what the refresh token of Token brought
}

// IDToken returns the ID token that the turn ended with, or nil.
func (t OpenIDTurn) IDToken() *IDToken {
	if t.Token == nil {
		return nil
	}
	return t.Token.IDToken
}

// Named returns the turn with that name.
func (o OpenIDTurns) Named(name string) (OpenIDTurn, bool) {
	i := slices.IndexFunc(o.Turns, func(t OpenIDTurn) bool { return t.Name == name })
	if i < 0 {
		return OpenIDTurn{}, false
	}
	return o.Turns[i], true
}

// The names of the turns, in their order.
const (
	NoneUnknown  = "prompt=none before anybody has signed in"
	OrdinaryTurn = "an ordinary sign-in"
	NoneSignedIn = "prompt=none after a sign-in"
	MaxAgeZero   = "max_age=0 after a sign-in"
	PromptLogin  = "prompt=login after a sign-in"
)

// The kinds of evidence about OpenID Connect.
var (
	SigningKeysKind        = NewKind[SigningKeys]("openid.signing-keys")
	UserInfoKind           = NewKind[UserInfos]("openid.userinfo")
	OpenIDTurnsKind        = NewKind[OpenIDTurns]("openid.turns")
	WithoutOpenIDKind      = NewKind[Grant]("openid.without-openid")
	OptionalParametersKind = NewKind[Variants]("openid.optional-parameters")
	RequestObjectKind      = NewKind[Variants]("openid.request-object")
)
