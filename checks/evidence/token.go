package evidence

import (
	"encoding/json"
	"strconv"
)

// TokenResponse is an answer of the token endpoint.
type TokenResponse struct {
	Exchange string  `json:"exchange"`
	Status   int     `json:"status"`
	Header   Headers `json:"header"`
	// Members are the members of the answer, when it is one JSON object; values of secrets are replaced.
	Members      map[string]json.RawMessage `json:"members,omitempty"`
	AccessToken  *Secret                    `json:"access_token,omitempty"`  // when it is a non-empty string
	RefreshToken *Secret                    `json:"refresh_token,omitempty"` // when it is a non-empty string
	IDToken      *IDToken                   `json:"id_token,omitempty"`      // when the member is there
}

// Issued reports whether the answer holds an access token, whatever its status.
func (t TokenResponse) Issued() bool { return t.AccessToken != nil }

// Text returns a member that is a JSON string.
func (t TokenResponse) Text(name string) (string, bool) { return text(t.Members, name) }

// Error returns the error member, or "".
func (t TokenResponse) Error() string {
	e, _ := t.Text("error")
	return e
}

// Describe says in a few words what the endpoint answered.
func (t TokenResponse) Describe() string {
	d := strconv.Itoa(t.Status)
	switch {
	case t.Issued():
		d += " with an access token"
	case t.Error() != "":
		d += " " + t.Error()
	case t.Members == nil:
		d += " with a body that is not a JSON object (" + orNothing(t.Header.Get("Content-Type")) + ")"
	default:
		d += " without token and without error"
	}
	return d
}

func orNothing(s string) string {
	if s == "" {
		return "no Content-Type"
	}
	return s
}

// IDToken is an ID token taken apart, and whether its signature was found to hold.
type IDToken struct {
	Malformed string                     `json:"malformed,omitempty"` // why it is not a JWS
	Header    map[string]json.RawMessage `json:"header,omitempty"`
	Claims    map[string]json.RawMessage `json:"claims,omitempty"`
	Signature string                     `json:"signature,omitempty"` // why the signature does not hold, or ""
	KeySet    string                     `json:"key_set,omitempty"`   // why the key set could not be read, or ""
	AtHash    Fit                        `json:"at_hash,omitempty"`   // how at_hash stands to the access token
	CHash     Fit                        `json:"c_hash,omitempty"`    // how c_hash stands to the code
	// Issuer is that of the OpenID configuration to which iss leads, where the SMART configuration names no keys.
	Issuer   string `json:"issuer,omitempty"`
	Received int64  `json:"received"` // Unix time, seconds
}

// Text returns a claim that is a JSON string.
func (t IDToken) Text(claim string) (string, bool) { return text(t.Claims, claim) }

// Time returns a claim that is a JSON number, in seconds.
func (t IDToken) Time(claim string) (float64, bool) {
	var n float64
	if raw, ok := t.Claims[claim]; !ok || json.Unmarshal(raw, &n) != nil || string(raw) == "null" {
		return 0, false
	}
	return n, true
}

func text(members map[string]json.RawMessage, name string) (string, bool) {
	var s *string
	if raw, ok := members[name]; !ok || json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

func itoa(n int) string { return strconv.Itoa(n) }
