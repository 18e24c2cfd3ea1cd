package target

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Login says how users get through the pages of the server, where the automatic driver does not.
type Login struct {
	Recordings Recordings   `yaml:"recording,omitempty"`
	Session    SavedSession `yaml:"session,omitempty"`
	SignOut    string       `yaml:"signOut,omitempty"` // the page that signs the user out, or offers to
}

// Moment says at which part of a journey a recording is played.
type Moment string

// The moments of a journey.
const (
	MomentLogin         Moment = "login"
	MomentPatientPicker Moment = "patient-picker"
	MomentConsent       Moment = "consent"
	MomentDeny          Moment = "deny"   // consent refused
	MomentPortal        Moment = "portal" // the launch from the EHR
)

// Moments lists every moment.
var Moments = []Moment{MomentLogin, MomentPatientPicker, MomentConsent, MomentDeny, MomentPortal}

// Recording is a file in which somebody recorded a part of a journey.
type Recording struct {
	File    string   `yaml:"file,omitempty"`
	User    UserRole `yaml:"user,omitempty"`   // empty: every user
	Moment  Moment   `yaml:"moment,omitempty"` // empty: MomentLogin
	Content []byte   `yaml:"-"`                // of the file
}

// Recordings are written as the name of one file, or as a list of names and mappings.
type Recordings []Recording

// UnmarshalYAML takes the name of a file or a list.
func (r *Recordings) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*r = Recordings{{File: node.Value}}
		return nil
	}
	return node.Decode((*[]Recording)(r))
}

// UnmarshalYAML takes the name of a file or a mapping.
func (r *Recording) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*r = Recording{File: node.Value}
		return nil
	}
	type plain Recording
	return node.Decode((*plain)(r))
}

// MarshalYAML writes the name of the file alone when there is nothing else to say.
func (r Recording) MarshalYAML() (any, error) {
	if r.User == "" && r.Moment == "" {
		return r.File, nil
	}
	type plain Recording
	return plain(r), nil
}

// IsZero reports whether no recording is configured.
func (r Recording) IsZero() bool { return r.File == "" && len(r.Content) == 0 }

// Recording returns what is played for the user at the moment: a recording of that user before one for
// every user.
func (l Login) Recording(role UserRole, moment Moment) (Recording, bool) {
	for _, user := range []UserRole{role, ""} {
		at := slices.IndexFunc(l.Recordings, func(r Recording) bool {
			return r.User == user && (r.Moment == moment || r.Moment == "" && moment == MomentLogin)
		})
		if at >= 0 {
			return l.Recordings[at], true
		}
	}
	return Recording{}, false
}

// complaints returns the recordings that say the same user and moment twice, by their path.
func (l Login) complaints() Mistakes {
	var all Mistakes
	seen := map[string]int{}
	for i, r := range l.Recordings {
		moment := r.Moment
		if moment == "" {
			moment = MomentLogin
		}
		key := string(r.User) + " " + string(moment)
		if first, ok := seen[key]; ok {
			path := fmt.Sprintf("login.recording[%d]", i)
			all = append(all, Mistake{Path: path, Message: fmt.Sprintf(
				"%s is for the same user and moment (%s) as login.recording[%d]; name another user or moment", path, moment, first)})
			continue
		}
		seen[key] = i
	}
	return all
}

// SavedSession is the state of a signed-in browser that a manual sign-in saved.
type SavedSession struct {
	File       string `yaml:"file,omitempty"` // Load makes it relative to the target file
	Passphrase Secret `yaml:"passphrase,omitempty"`
}

// IsZero reports whether no session is to be saved or used.
func (s SavedSession) IsZero() bool { return s.File == "" && s.Passphrase.IsZero() }

// IsZero reports whether nothing is said about the login.
func (l Login) IsZero() bool { return len(l.Recordings) == 0 && l.Session.IsZero() && l.SignOut == "" }

// Discovery overrides what the flows need of the SMART configuration, or supplies it when the server
// publishes none. What is empty is taken from the server.
type Discovery struct {
	Issuer                string   `yaml:"issuer,omitempty"`
	AuthorizationEndpoint string   `yaml:"authorization_endpoint,omitempty"`
	TokenEndpoint         string   `yaml:"token_endpoint,omitempty"`
	JWKSURI               string   `yaml:"jwks_uri,omitempty"`
	Introspection         string   `yaml:"introspection_endpoint,omitempty"`
	Revocation            string   `yaml:"revocation_endpoint,omitempty"`
	Capabilities          []string `yaml:"capabilities,omitempty"`
}

// IsZero reports whether everything is taken from the server.
func (d Discovery) IsZero() bool {
	return len(d.Capabilities) == 0 && d.Issuer == "" && d.AuthorizationEndpoint == "" && d.TokenEndpoint == "" &&
		d.JWKSURI == "" && d.Introspection == "" && d.Revocation == ""
}

// complaints returns what is wrong with the endpoints, by their path.
func (d Discovery) complaints() Mistakes {
	var all Mistakes
	for _, e := range []struct{ name, url string }{
		{"issuer", d.Issuer}, {"authorization_endpoint", d.AuthorizationEndpoint}, {"token_endpoint", d.TokenEndpoint},
		{"jwks_uri", d.JWKSURI}, {"introspection_endpoint", d.Introspection}, {"revocation_endpoint", d.Revocation},
	} {
		if complaint := webURL(e.url, ""); complaint != "" {
			path := "discovery." + e.name
			all = append(all, Mistake{Path: path, Message: path + " " + complaint})
		}
	}
	return all
}

// complaints says what is wrong with how an EHR launch begins: it begins at one place, and a recording may
// play on the portal.
func (l Launches) complaints() Mistakes {
	given := func(path, complaint string) Mistakes { return Mistakes{{Path: path, Message: path + " " + complaint}} }
	switch {
	case l.IsZero():
		return nil
	case l.URL != "" && l.Portal != "":
		return given("launches.url", "is given beside launches.portal; a launch begins at one of them")
	case l.URL != "" && !l.Recording.IsZero():
		return given("launches.url", "is given beside launches.recording; a launch begins at one of them")
	case l.URL == "" && l.Portal == "" && l.Recording.IsZero():
		return Mistakes{{Path: "launches", Message: "launches names neither portal, url nor recording; an EHR launch begins at one of them"}}
	}
	return nil
}

// IsZero reports whether nothing is said about EHR launches.
func (l Launches) IsZero() bool {
	return l.Portal == "" && l.URL == "" && l.Recording.IsZero() && len(l.App) == 0 && !l.Embedded
}
