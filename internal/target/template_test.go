package target_test

import (
	"bytes"
	"encoding/pem"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

var update = flag.Bool("update", false, "write the golden files anew")

// servers are what different servers say about themselves.
var servers = map[string]target.Discovered{
	"full": {
		Capabilities: []string{
			"launch-ehr", "launch-standalone", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
			"context-ehr-patient", "context-ehr-encounter", "context-standalone-patient", "context-standalone-encounter",
			"permission-patient", "permission-user", "permission-offline", "permission-v1", "permission-v2", "sso-openid-connect",
		},
		GrantTypes: []string{"authorization_code", "client_credentials"}, ChallengeMethods: []string{"S256"},
	},
	"standalone-public-v1": {
		Capabilities: []string{"launch-standalone", "client-public", "context-standalone-patient", "permission-patient", "permission-v1"},
	},
	"stu1": {
		Capabilities: []string{"launch-ehr", "client-confidential-symmetric", "context-ehr-patient", "permission-user", "sso-openid-connect"},
		AuthMethods:  []string{"client_secret_post"},
	},
	"backend-only": {
		Capabilities: []string{"client-confidential-asymmetric", "permission-v2"}, GrantTypes: []string{"client_credentials"},
	},
	"silent": {
		AuthMethods: []string{"client_secret_basic", "client_secret_post"}, ScopesSupported: []string{"openid", "email"},
	},
	"hostile": {
		Capabilities: []string{"launch-ehr", "launch-standalone\nusers: {}", "\x1b[31m"}, ScopesSupported: []string{"x\ny: z"},
		TLS: target.TLS{CAFile: "ca: \"${X}\".pem"},
	},
}

func TestWrittenFileLoads(t *testing.T) {
	for name, server := range servers {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			server.FHIR, server.KeyFile = "https://ehr.example:8443/fhir/${X}", "client-keys.json"
			jwks, jwksFile, created, err := target.KeyFiles(filepath.Join(dir, "client-keys.json"), false)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(created).To(BeTrue())
			server.JWKS, server.JWKSFile = jwks, filepath.Base(jwksFile)
			if server.TLS.CAFile != "" {
				g.Expect(os.WriteFile(filepath.Join(dir, server.TLS.CAFile), certificate(t), 0o600)).To(Succeed())
			}
			var text bytes.Buffer
			g.Expect(target.WriteTemplate(&text, server)).To(Succeed())
			path := filepath.Join(dir, "smartcheck.yaml")
			g.Expect(os.WriteFile(path, text.Bytes(), 0o600)).To(Succeed())

			variables := server.Variables()
			_, err = target.Load(path, func(string) (string, bool) { return "", false })
			for _, variable := range variables {
				g.Expect(err).To(MatchError(ContainSubstring("the environment variable " + variable + " is not set")))
			}
			c, err := target.Load(path, func(name string) (string, bool) {
				return "https://value.example/", slices.Contains(variables, name)
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(c.FHIR).To(Equal(server.FHIR))
			g.Expect(c.Name).To(Equal("ehr.example:8443"))

			golden(t, name+".yaml", text.String())
			registration := target.Registration(server)
			g.Expect(strings.HasSuffix(registration, string(jwks))).To(Equal(server.NeedsKeys()))
			golden(t, name+".registration.txt", strings.ReplaceAll(registration, string(jwks), "{…}\n"))
			for kind, client := range c.Clients {
				g.Expect(registration).To(ContainSubstring("\n  " + string(kind) + ": "))
				for _, scope := range client.Scopes {
					g.Expect(registration).To(ContainSubstring(scope))
				}
			}
		})
	}
}

// certificate returns a certificate authority as PEM.
func certificate(t *testing.T) []byte {
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// golden compares text with the file of that name in testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	NewWithT(t).Expect(text).To(Equal(string(want)))
}
