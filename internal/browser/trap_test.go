package browser

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestPolicy(t *testing.T) {
	p := newPolicy(Journey{
		Start: "https://ehr.example/authorize?x=1",
		Hosts: []string{"idp.example", "https://Login.example:8443/path"},
		Trap: []string{
			"https://app.example.org/callback", "com.example.app:/cb", "com.example.opaque:cb", "http://localhost:3000",
			"https://*.evil.example/*", "https://app.example.org:443/port",
		},
		TrapAllForeign: true,
	})
	for url, want := range map[string]ruling{
		"https://ehr.example/login":     pass,
		"https://ehr.example:443/login": pass,
		"https://EHR.example/login":     pass,
		"https://idp.example:444/":      pass,
		"http://idp.example/":           pass,
		"https://login.example:8443/":   pass,
		"https://login.example/":        foreign,
		"https://ehr.example.evil/":     foreign,
		"http://ehr.example/":           foreign,
		"https://ehr.example:8443/":     foreign,
		"about:blank":                   pass,
		"data:text/html,x":              pass,
		"mailto:a@b":                    foreign,

		"https://app.example.org/callback":              caught,
		"https://app.example.org/callback?code=1#x=y":   caught,
		"https://APP.example.org:443/callback":          caught,
		"https://app.example.org/x/../callback":         caught,
		"https://app.example.org/port":                  caught,
		"https://app.example.org/callback/":             foreign,
		"https://app.example.org/callback/evil":         foreign,
		"https://app.example.org/callbackevil":          foreign,
		"http://app.example.org/callback":               foreign,
		"https://app.example.org.evil/callback":         foreign,
		"https://app.example.org@evil.example/callback": foreign,
		"http://localhost:3000/?code=1":                 caught,
		"com.example.app:/cb?code=1":                    caught,
		"com.example.app:/other":                        foreign,
		"com.example.opaque:cb?code=1":                  caught,
		"https://a.evil.example/x?y":                    caught,
		"https://evil.example/x":                        foreign,

		"https://app.example.org/%zz": caught, // Go cannot read it: when in doubt it does not pass
		"https://other.example/%zz":   foreign,
	} {
		NewWithT(t).Expect(p.judge(url)).To(Equal(want), url)
	}
}

func TestPolicyWithoutForeignTrap(t *testing.T) {
	g := NewWithT(t)
	p := newPolicy(Journey{Start: "https://ehr.example/", Trap: []string{"https://app.example.org/cb"}})
	g.Expect(p.judge("https://anywhere.example/")).To(Equal(pass))
	g.Expect(p.judge("https://anywhere.example/%zz")).To(Equal(pass))
	g.Expect(p.judge("https://app.example.org/cb?x")).To(Equal(caught))
}

func TestWords(t *testing.T) {
	g := NewWithT(t)
	for text, want := range map[string]bool{
		"userName": true, "user_id": true, "superuser": false, "E-mail address": true,
		"Benutzername": true, "使用者名稱": true, "Nom d’utilisateur": true, "Correo": true, "ユーザーID": true,
	} {
		g.Expect(speaks(text, func(w lexicon) []string { return w.Username })).To(Equal(want), text)
	}
	for label, want := range map[string]bool{
		"Don’t allow": true, "Do not allow": true, "Allow": false, "Cancel": true, "Know more": false, "No": true,
		"Nicht zulassen": true, "Zulassen": false, "不同意": true, "同意": false, "Ne pas autoriser": true, "No permitir": true, "許可しない": true,
	} {
		g.Expect(control{Label: label}.denies()).To(Equal(want), label)
	}
	g.Expect(holdsID("/Patient/p-1?x", "p-1")).To(BeTrue())
	g.Expect(holdsID("p-10", "p-1")).To(BeFalse())
	g.Expect(holdsID("xp-1", "p-1")).To(BeFalse())
}

func TestOutlineIsBounded(t *testing.T) {
	g := NewWithT(t)
	_, err := parseOutline(string(make([]byte, maxOutline+1)))
	g.Expect(err).To(MatchError(ContainSubstring("more than")))
	_, err = parseOutline("{")
	g.Expect(err).To(HaveOccurred())
}
