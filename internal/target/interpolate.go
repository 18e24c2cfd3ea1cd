package target

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// interpolate puts variables in place of the references in the node and returns its text for the
// schema. A secret is put into the node only: the schema sees the reference.
func (d *document) interpolate(node *yaml.Node, path string) string {
	if d.env == nil || !strings.Contains(node.Value, "${") {
		return node.Value
	}
	text := node.Value
	value, troubles := expand(text, d.env)
	for _, trouble := range troubles {
		d.report(path, path+": "+trouble)
	}
	node.Value = value
	d.written[path] = text
	if _, secret := secretAt(path); secret {
		return text
	}
	return value
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces each ${NAME} by the variable of that name, and $${ by ${. troubles says, for each
// reference that has no value, what to do.
func expand(text string, env func(string) (string, bool)) (value string, troubles []string) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return out.String(), troubles
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(escaped + "${")
			text = after
			continue
		}
		out.WriteString(before)
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return out.String(), append(troubles, `"${" is not closed by "}"; write "$${" for the characters themselves`)
		}
		text = rest
		variable, set := "", false
		if variableName.MatchString(name) {
			variable, set = env(name)
		}
		switch {
		case !variableName.MatchString(name):
			troubles = append(troubles, fmt.Sprintf("%s is not the name of a variable; write ${NAME}", shown(name)))
		case !set:
			troubles = append(troubles, fmt.Sprintf("the environment variable %s is not set", name))
		case variable == "":
			troubles = append(troubles, fmt.Sprintf("the environment variable %s is empty", name))
		default:
			out.WriteString(variable)
		}
	}
}

// secrets names the values that must not stand in the file, and the variable to suggest for each.
var secrets = map[string]string{
	"users.patient.password":   "PATIENT_PASSWORD",
	"users.clinician.password": "CLINICIAN_PASSWORD",
	"users.patient.totp":       "PATIENT_TOTP",
	"users.clinician.totp":     "CLINICIAN_TOTP",
	"login.session.passphrase": "SESSION_PASSPHRASE",
	"clients.symmetric.secret": "SYMMETRIC_CLIENT_SECRET",
	"clients.asymmetric.key":   "ASYMMETRIC_CLIENT_KEY",
	"clients.backend.key":      "BACKEND_CLIENT_KEY",
	"jwks.key":                 "JWKS_TLS_KEY",
	"registration.token":       "REGISTRATION_TOKEN",
	"introspection.token":      "INTROSPECTION_TOKEN",
}

func secretAt(path string) (variable string, ok bool) {
	variable, ok = secrets[path]
	return variable, ok
}

var references = regexp.MustCompile(`\$\{[^}]*\}`)

// refuseLiteralSecret reports a secret that stands in the file itself.
func (d *document) refuseLiteralSecret(text, path string) bool {
	variable, secret := secretAt(path)
	switch {
	case d.env == nil:
		return false
	case holdsKey(text) && secret:
		d.report(path, fmt.Sprintf("%s is a private key written in the file; write ${%s} or the name of a key file instead", path, variable))
	case holdsKey(text):
		d.report(path, path+" holds a private key; keep it in a file of its own or in a variable")
	case secret && !strings.HasSuffix(path, ".key") && references.ReplaceAllString(text, "") != "":
		d.report(path, fmt.Sprintf("%s is written in the file; write ${%s} instead and set that variable", path, variable))
	default:
		return false
	}
	return true
}

// holdsKey reports whether the text is a private key: PEM, a JWK or a JWKS.
func holdsKey(text string) bool {
	if strings.Contains(text, "PRIVATE KEY-----") {
		return true
	}
	type jwk struct{ D, K string }
	var set struct {
		jwk
		Keys []jwk
	}
	if json.Unmarshal([]byte(text), &set) != nil {
		return false
	}
	return slices.ContainsFunc(append(set.Keys, set.jwk), func(k jwk) bool { return k.D != "" || k.K != "" })
}
