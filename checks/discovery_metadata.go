package checks

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// sinceSTU2 are the versions that share the metadata of STU2.
var sinceSTU2 = []Version{V2_0_0, V2_2_0}

// metadata is a readable document of metadata: its members, and where they come from.
type metadata struct {
	document *evidence.Document
	members  map[string]any
}

// overSMART judges the members of the SMART configuration. Without a readable one the check is
// skipped; discovery.document and discovery.json say what is wrong with it.
func overSMART(judge func(metadata, evidence.Discovery) Verdict) func(evidence.Discovery) Verdict {
	return func(d evidence.Discovery) Verdict {
		if d.SMART == nil {
			return Skip("no SMART configuration was given")
		}
		members, ok := d.SMART.Object()
		if !ok {
			return Skip("the SMART configuration could not be read (see discovery.document and discovery.json)")
		}
		return judge(metadata{d.SMART, members}, d)
	}
}

// overOpenID judges the members of the OpenID configuration.
func overOpenID(judge func(metadata, evidence.Discovery) Verdict) func(evidence.Discovery) Verdict {
	return func(d evidence.Discovery) Verdict {
		if d.OpenID == nil {
			return Skip(noOpenID(d))
		}
		members, ok := d.OpenID.Object()
		if !ok {
			return Skip("the OpenID configuration could not be read (see openid.configuration)")
		}
		return judge(metadata{d.OpenID, members}, d)
	}
}

// noOpenID says why there is no OpenID configuration.
func noOpenID(d evidence.Discovery) string {
	smart, ok := readable(d.SMART)
	switch {
	case ok && !smart.claims("sso-openid-connect"):
		return "the server does not claim sso-openid-connect"
	case ok && smart.text("issuer") == "":
		return "the SMART configuration names no issuer"
	default:
		return "no OpenID configuration was given"
	}
}

// readable returns the members of a document when it could be read.
func readable(document *evidence.Document) (metadata, bool) {
	members, ok := document.Object()
	return metadata{document, members}, ok
}

// has reports whether a member is there. One that is null says nothing, as some libraries write what is not
// there; that it has a wrong type, the schema tells.
func (m metadata) has(name string) bool { return m.members[name] != nil }

// text returns the member when it is a string, else "".
func (m metadata) text(name string) string {
	s, _ := m.members[name].(string)
	return s
}

// list returns the strings of the member. ok is false when it is missing or not an array; items of
// other types are left to the schema.
func (m metadata) list(name string) (items []string, ok bool) {
	raw, ok := m.members[name].([]any)
	for _, item := range raw {
		if s, isString := item.(string); isString {
			items = append(items, s)
		}
	}
	return items, ok
}

// lists reports whether the member is an array that holds value.
func (m metadata) lists(name, value string) bool {
	items, _ := m.list(name)
	return slices.Contains(items, value)
}

// claims reports whether the capability is listed.
func (m metadata) claims(capability string) bool { return m.lists("capabilities", capability) }

// launches reports whether the server claims app launch.
func (m metadata) launches() bool { return m.claims("launch-ehr") || m.claims("launch-standalone") }

func (m metadata) exchanges() []string { return m.document.Exchanges() }

func (m metadata) holds(message string, args ...any) Verdict {
	return Holds(fmt.Sprintf(message, args...), m.exchanges()...)
}

func (m metadata) broken(expected, observed string) Verdict {
	return Broken(expected, observed, m.exchanges()...)
}

func (m metadata) discouraged(expected, observed string) Verdict {
	return Discouraged(expected, observed, m.exchanges()...)
}

func (m metadata) note(message string, args ...any) Verdict {
	return Note(fmt.Sprintf(message, args...), m.exchanges()...)
}

// state says what stands in the place of a member, for people: "no issuer", "issuer 7".
func (m metadata) state(name string) string {
	value, ok := m.members[name]
	if !ok {
		return "no " + name
	}
	return name + " " + shown(value)
}

// addresses returns the members that hold an address of the server, sorted: those that end in
// _endpoint, and the named ones.
func (m metadata) addresses(named ...string) []string {
	var names []string
	for name, value := range m.members {
		if _, isString := value.(string); isString && (strings.HasSuffix(name, "_endpoint") || slices.Contains(named, name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// maxShown bounds how much of a value of the server stands in a verdict.
const maxShown = 120

// shown writes a value of the server into a verdict: as JSON, on one line, cut when it is long.
func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("a %T", value)
	}
	return cut(string(text))
}

func cut(s string) string {
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}

// absolute parses an absolute http or https URL with a host.
func absolute(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, false
	}
	return u, true
}
