package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"path/filepath"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// hostedKeys is where runs against the EHR publish the key set of a client, and the files of the
// certificate that they use there.
type hostedKeys struct {
	Listen, URL string
	Cert, Key   string
}

// reserveHostedKeys finds a free port for the runs. They open it themselves, so that somebody else may take
// it before; the run then says so.
func reserveHostedKeys(folder string) (hostedKeys, error) {
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return hostedKeys{}, fmt.Errorf("cannot find a free port for the key set of a client: %w", err)
	}
	listen := port.Addr().String()
	return hostedKeys{
		Listen: listen, URL: "https://" + listen + "/jwks.json",
		Cert: filepath.Join(folder, "jwks-cert.pem"), Key: filepath.Join(folder, "jwks-key.pem"),
	}, port.Close()
}

// write writes a certificate of the EHR's authority and its key.
func (h hostedKeys) write(server *ehr.Server) error {
	certificate, err := server.Certificate()
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return fmt.Errorf("cannot write the key of %s: %w", h.Cert, err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	if err := target.CreateFile(h.Cert, chain, 0o644, true); err != nil {
		return err
	}
	return target.CreateFile(h.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600, true)
}
