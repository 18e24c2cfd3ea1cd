package record

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// sensitiveMembers are the JSON members, and sensitiveParameters the parameters, whose values never leave
// the run in clear. An authorization code travels in parameters alone; the JSON member code is a word of
// some code system in nearly every FHIR resource.
var (
	sensitiveMembers = []string{
		"access_token", "refresh_token", "id_token", "id_token_hint", "code_verifier", "client_secret",
		"client_assertion", "assertion", "password", "token", "launch", "registration_access_token",
	}
	sensitiveParameters = append([]string{"code"}, sensitiveMembers...)
)

var (
	jsonMember = regexp.MustCompile(`"(` + strings.Join(sensitiveMembers, "|") + `)"(\s*:\s*)"((?:[^"\\]|\\.)*)"?`)
	formMember = regexp.MustCompile(`(^|[?&#])(` + strings.Join(sensitiveParameters, "|") + `)=([^&#\s"'<>]*)`)

	sensitiveHeaders = map[string]bool{
		"authorization": true, "proxy-authorization": true, "cookie": true, "set-cookie": true,
	}
)

// minSecret is the length below which a value is not searched for in free text: replacing a short word
// everywhere would make a report unreadable and hide nothing.
const minSecret = 6

// redactor replaces secrets by placeholders that are equal for equal secrets.
type redactor struct {
	key [32]byte

	mu       sync.Mutex
	known    map[string]string // a form in which a secret is written → its placeholder
	replacer *strings.Replacer // replaces all of known; nil when known has grown since
}

func newRedactor() *redactor {
	r := &redactor{known: map[string]string{}}
	rand.Read(r.key[:])
	return r
}

// fingerprint identifies a value within this run without telling anything about it.
func (r *redactor) fingerprint(value string) string {
	mac := hmac.New(sha256.New, r.key[:])
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil))[:12]
}

func (r *redactor) placeholder(kind, value string) string {
	if value == "" || strings.HasPrefix(value, "[") {
		return value
	}
	return fmt.Sprintf("[%s %s]", kind, r.fingerprint(value))
}

// learn remembers a secret in every form in which it may be written down.
func (r *redactor) learn(kind, value string) {
	if len(value) < minSecret || strings.HasPrefix(value, "[") {
		return
	}
	shown := r.placeholder(kind, value)
	quoted, _ := json.Marshal(value)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, already := r.known[value]; already {
		return
	}
	for _, form := range []string{
		value, url.QueryEscape(value), url.PathEscape(value), strings.Trim(string(quoted), `"`),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	} {
		r.known[form] = shown
	}
	r.replacer = nil
}

// members replaces the values of sensitive members and parameters, and learns them.
func (r *redactor) members(s string) string {
	if namesMember(s) {
		s = r.jsonMembers(s)
	}
	if namesParameter(s) {
		s = r.parameters(s)
	}
	return s
}

// namesMember reports whether s may hold a sensitive JSON member. Long answers seldom do, and the
// expression is slow on them.
func namesMember(s string) bool {
	for _, name := range sensitiveMembers {
		quoted := `"` + name + `"`
		for rest := s; ; {
			at := strings.Index(rest, quoted)
			if at < 0 {
				break
			}
			rest = rest[at+len(quoted):]
			if strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), ":") {
				return true
			}
		}
	}
	return false
}

// namesParameter reports whether s may hold a sensitive parameter.
func namesParameter(s string) bool {
	return slices.ContainsFunc(sensitiveParameters, func(name string) bool { return strings.Contains(s, name+"=") })
}

func (r *redactor) jsonMembers(s string) string {
	return replaceMembers(jsonMember, s, func(m []string) string {
		var value string
		if json.Unmarshal([]byte(`"`+m[3]+`"`), &value) != nil {
			value = m[3]
		}
		r.learn(m[1], value)
		return `"` + m[1] + `"` + m[2] + `"` + r.placeholder(m[1], value) + `"`
	})
}

func (r *redactor) parameters(s string) string {
	return replaceMembers(formMember, s, func(m []string) string {
		value, err := url.QueryUnescape(m[3])
		if err != nil {
			value = m[3]
		}
		r.learn(m[2], value)
		return m[1] + m[2] + "=" + r.placeholder(m[2], value)
	})
}

func replaceMembers(pattern *regexp.Regexp, s string, replace func(match []string) string) string {
	return pattern.ReplaceAllStringFunc(s, func(match string) string {
		return replace(pattern.FindStringSubmatch(match))
	})
}

// secrets replaces every secret learned so far, wherever it stands.
func (r *redactor) secrets(s string) string {
	r.mu.Lock()
	if r.replacer == nil {
		forms := slices.SortedFunc(maps.Keys(r.known), func(a, b string) int { return len(b) - len(a) })
		pairs := make([]string, 0, 2*len(forms))
		for _, form := range forms {
			pairs = append(pairs, form, r.known[form])
		}
		r.replacer = strings.NewReplacer(pairs...)
	}
	replacer := r.replacer
	r.mu.Unlock()
	return replacer.Replace(s)
}

// headers copies h with the values of sensitive fields replaced.
func (r *redactor) headers(h map[string][]string) evidence.Headers {
	out := make(evidence.Headers, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], evidence.Text(r.header(name, v)))
		}
	}
	return out
}

// header replaces the value of a sensitive field. What is left tells which scheme or cookie it was.
func (r *redactor) header(name, value string) string {
	switch lower := strings.ToLower(name); {
	case !sensitiveHeaders[lower]:
		return r.members(value)
	case lower == "set-cookie":
		cookie, attributes, _ := strings.Cut(value, ";")
		name, secret, _ := strings.Cut(cookie, "=")
		r.learn("cookie", secret)
		return strings.TrimSuffix(name+"="+r.placeholder("cookie", secret)+";"+attributes, ";")
	case lower == "cookie":
		parts := strings.Split(value, ";")
		for i, part := range parts {
			name, secret, _ := strings.Cut(strings.TrimSpace(part), "=")
			r.learn("cookie", secret)
			parts[i] = name + "=" + r.placeholder("cookie", secret)
		}
		return strings.Join(parts, "; ")
	default:
		scheme, secret, _ := strings.Cut(value, " ")
		r.learn("credential", secret)
		return scheme + " " + r.placeholder("credential", secret)
	}
}
