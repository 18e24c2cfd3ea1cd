package browser

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/browser/nssdb"
)

// parseRoots reads CA certificates in PEM.
func parseRoots(bundle []byte) ([]*x509.Certificate, error) {
	var roots []*x509.Certificate
	for rest := bundle; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("read the trusted CA: expected CERTIFICATE blocks, found %q", block.Type)
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read the trusted CA: %w", err)
		}
		roots = append(roots, root)
	}
	if len(roots) == 0 {
		return nil, errors.New("read the trusted CA: no certificate in PEM found")
	}
	return roots, nil
}

// trust makes one Chromium trust roots besides those of the system. On Linux it gives the browser a
// home directory of its own with a certificate database, so that Chromium builds and verifies chains
// as usual and no other browser is affected. Elsewhere it names the keys of the roots, which works
// only with servers that send the root with their chain. remove deletes what was written.
func trust(roots []*x509.Certificate) (flags, env []string, remove func(), err error) {
	if len(roots) == 0 {
		return nil, nil, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return []string{"ignore-certificate-errors-spki-list=" + strings.Join(keyHashes(roots), ",")}, nil, func() {}, nil
	}
	home, err := os.MkdirTemp("", "smartcheck-trust-")
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make a certificate database for the browser: %w", err)
	}
	remove = func() { _ = os.RemoveAll(home) }
	if err := nssdb.Write(filepath.Join(home, ".pki", "nssdb"), roots); err != nil {
		remove()
		return nil, nil, nil, err
	}
	return nil, []string{"HOME=" + home}, remove, nil
}

// keyHashes returns the base64 SHA-256 of each subject public key info.
func keyHashes(roots []*x509.Certificate) []string {
	var hashes []string
	for _, root := range roots {
		sum := sha256.Sum256(root.RawSubjectPublicKeyInfo)
		hashes = append(hashes, base64.StdEncoding.EncodeToString(sum[:]))
	}
	return hashes
}
