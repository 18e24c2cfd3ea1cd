// Package signedin keeps the state of browsers in which people have signed in, in a file that is
// encrypted with age (https://age-encryption.org/v1) under a passphrase.
package signedin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// version is that of the format of the file.
const version = 1

// maxFile bounds what is read of a file, in bytes.
const maxFile = 8 << 20

// minPassphrase is the fewest characters that keep the cookies of a person from being guessed at leisure.
const minPassphrase = 8

// The reasons for which a state cannot be used. Each is wrapped with the name of the file.
var (
	ErrNone       = errors.New("there is no such file")
	ErrPassphrase = errors.New("the passphrase does not open it")
)

// State is what a file holds.
type State struct {
	Version int             `json:"version"`
	FHIR    string          `json:"fhir"`  // the server that was signed in to
	Users   map[string]User `json:"users"` // by role
}

// User is the browser of one signed-in user.
type User struct {
	Saved   time.Time        `json:"saved"`
	Cookies []browser.Cookie `json:"cookies"`
}

// Expired returns when the last cookie of the user that outlives a browser expired, and whether all of
// them have. Cookies that end with a browser have no such time: only the server knows.
func (u User) Expired(now time.Time) (at time.Time, expired bool) {
	for _, c := range u.Cookies {
		if c.Expires.IsZero() || c.Expires.After(now) {
			return time.Time{}, false
		}
		if c.Expires.After(at) {
			at = c.Expires
		}
	}
	return at, true
}

// Load reads the state from a file.
func Load(file, passphrase string) (State, error) {
	fail := func(err error) (State, error) {
		return State{}, fmt.Errorf("read the saved session %s: %w", file, err)
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return fail(err)
	}
	sealed, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return fail(ErrNone)
	}
	if err != nil {
		return fail(err)
	}
	defer sealed.Close()
	opened, err := age.Decrypt(io.LimitReader(sealed, maxFile), identity)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return fail(ErrPassphrase)
	}
	if err != nil {
		return fail(err)
	}
	raw, err := io.ReadAll(io.LimitReader(opened, maxFile))
	if err != nil {
		return fail(err)
	}
	var s State
	if err := json.Unmarshal(raw, &s); err != nil {
		return fail(errors.New("what it holds is not a session of smartcheck"))
	}
	if s.Version != version {
		return fail(fmt.Errorf("its format is version %d, this smartcheck reads version %d", s.Version, version))
	}
	return s, nil
}

// Save writes the state to a file that only its owner may read. The file is replaced as a whole.
func (s State) Save(file, passphrase string) error {
	fail := func(err error) error { return fmt.Errorf("save the session to %s: %w", file, err) }
	if len(passphrase) < minPassphrase {
		return fail(fmt.Errorf("the passphrase is shorter than %d characters", minPassphrase))
	}
	s.Version = version
	raw, err := json.Marshal(s)
	if err != nil {
		return fail(err)
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return fail(err)
	}
	var sealed bytes.Buffer
	writer, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return fail(err)
	}
	if _, err = writer.Write(raw); err == nil {
		err = writer.Close()
	}
	if err != nil {
		return fail(err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".smartcheck-*") // of mode 0600
	if err != nil {
		return fail(err)
	}
	_, err = temporary.Write(sealed.Bytes())
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		return fail(errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}
