package target

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// KeyFiles makes sure that name holds private keys, generating them when it does not exist, and that
// the file beside it holds the public ones. It returns the public keys, the name of their file, and
// whether the keys are new. A private key that exists is never replaced, since it may be registered;
// a file of public keys that does not belong to it is replaced only with force.
func KeyFiles(name string, force bool) (jwks []byte, jwksFile string, created bool, err error) {
	private, err := readFile(name, maxKeyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if private, err = GenerateKeys(); err != nil {
			return nil, "", false, err
		}
		created = true
	case err != nil:
		return nil, "", false, fmt.Errorf("key file %s: %w", name, err)
	}
	if jwks, err = PublicKeys(private); err != nil {
		return nil, "", false, fmt.Errorf("key file %s %w; move it away, or name another with --keys", name, err)
	}
	jwksFile = strings.TrimSuffix(name, ".json") + ".public.json"
	public, err := readFile(jwksFile, maxKeyFile)
	if !errors.Is(err, fs.ErrNotExist) && !bytes.Equal(public, jwks) && !force {
		return nil, "", false, fmt.Errorf("%s exists and holds something else than the public keys of %s; move it away or give --force", jwksFile, name)
	}
	if created {
		if err := CreateFile(name, private, 0o600, false); err != nil {
			return nil, "", false, err
		}
	}
	return jwks, jwksFile, created, CreateFile(jwksFile, jwks, 0o644, true)
}

// CreateFile writes a file that must not exist yet, unless replace is set.
func CreateFile(name string, content []byte, mode fs.FileMode, replace bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if replace {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(name, flags, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; move it away or give --force: %w", name, fs.ErrExist)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, cause(err))
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, cause(err))
	}
	return nil
}
