package signedin_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/signedin"
)

const passphrase = "a passphrase of the environment"

func TestSaveAndLoad(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "session.age")
	state := signedin.State{FHIR: "https://ehr.example/fhir", Users: map[string]signedin.User{
		"patient": {Saved: time.Unix(1_800_000_000, 0).UTC(), Cookies: []browser.Cookie{{Name: "session", Value: "canary-cookie"}}},
	}}
	g.Expect(state.Save(file, passphrase)).To(Succeed())

	stat, err := os.Stat(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(stat.Mode().Perm()).To(Equal(os.FileMode(0o600)))
	raw, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(raw)).To(HavePrefix("age-encryption.org/v1"))
	g.Expect(string(raw)).NotTo(ContainSubstring("canary"))
	left, err := os.ReadDir(filepath.Dir(file))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(HaveLen(1), "no temporary file is left")

	loaded, err := signedin.Load(file, passphrase)
	g.Expect(err).NotTo(HaveOccurred())
	state.Version = 1
	g.Expect(loaded).To(Equal(state))

	_, err = signedin.Load(file, "another passphrase")
	g.Expect(err).To(MatchError(signedin.ErrPassphrase))
}

func TestLoadWhatIsNoSession(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "session.age")
	_, err := signedin.Load(file, passphrase)
	g.Expect(err).To(MatchError(signedin.ErrNone))
	g.Expect(os.WriteFile(file, []byte(`{"cookies": []}`), 0o600)).To(Succeed())
	_, err = signedin.Load(file, passphrase)
	g.Expect(err).To(MatchError(ContainSubstring(file)))
	g.Expect(signedin.State{}.Save(file, "short")).To(MatchError(ContainSubstring("shorter than 8")))
}

func TestExpired(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	past, future := browser.Cookie{Expires: now.Add(-time.Hour)}, browser.Cookie{Expires: now.Add(time.Hour)}
	for name, test := range map[string]struct {
		cookies []browser.Cookie
		expired bool
	}{
		"all past":         {[]browser.Cookie{past, past}, true},
		"one to come":      {[]browser.Cookie{past, future}, false},
		"one of a session": {[]browser.Cookie{past, {}}, false},
		"none":             {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, expired := signedin.User{Cookies: test.cookies}.Expired(now)
			NewWithT(t).Expect(expired).To(Equal(test.expired))
		})
	}
}
