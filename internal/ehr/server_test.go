package ehr

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	. "github.com/onsi/gomega"
)

func TestDiscoveryDocuments(t *testing.T) {
	s := start(t)
	for _, fault := range []string{"", "state-dropped"} {
		root := s.root(fault)
		documents := map[string]string{
			"oidc": root + "/.well-known/openid-configuration", "oauth appended": root + metadataPath,
			"oauth inserted": s.origin + metadataPath + strings.TrimPrefix(root, s.origin),
		}
		for _, b := range fhirBases {
			documents["smart "+b.version] = root + b.path + "/.well-known/smart-configuration"
		}
		for name, address := range documents {
			t.Run(fault+" "+name, func(t *testing.T) {
				g := NewWithT(t)
				a := newApp(t, s, fault)
				d := a.send(http.MethodGet, address, nil, "Origin", "https://anywhere.example")
				g.Expect(d.status).To(Equal(http.StatusOK))
				g.Expect(d.header.Get("Content-Type")).To(Equal("application/json"))
				g.Expect(d.header.Get("Access-Control-Allow-Origin")).To(Equal("*"))
				g.Expect(d.header.Get("Cache-Control")).To(ContainSubstring("max-age="))
				g.Expect(d.body).To(And(
					HaveKeyWithValue("issuer", root), HaveKeyWithValue("token_endpoint", root+"/auth/token"),
					HaveKeyWithValue("code_challenge_methods_supported", []any{"S256"}),
				))
				for member, value := range d.body {
					endpoint, ok := value.(string)
					if !ok || member == "issuer" {
						continue
					}
					g.Expect(a.send(http.MethodGet, endpoint, nil).status).NotTo(Equal(http.StatusNotFound), member)
				}
				g.Expect(a.send(http.MethodPost, address, url.Values{}).status).To(Equal(http.StatusMethodNotAllowed))
				g.Expect(a.send(http.MethodOptions, address, nil).status).To(Equal(http.StatusNoContent))
			})
		}
	}
}

func TestKeySetHoldsPublicKeysOnly(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	a := newApp(t, s, "").send(http.MethodGet, s.authURL("", "jwks"), nil)
	var keys jose.JSONWebKeySet
	g.Expect(json.Unmarshal([]byte(a.raw), &keys)).To(Succeed())
	g.Expect(keys.Keys).To(HaveLen(2), "the key that signs, and the one that signs next")
	g.Expect(a.raw).NotTo(ContainSubstring(`"d"`))
	for _, key := range keys.Keys {
		g.Expect(key.IsPublic()).To(BeTrue())
		g.Expect(key.KeyID).NotTo(BeEmpty())
	}
}

func TestUnknownTenantsAreNotFound(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	a := newApp(t, s, "")
	for _, path := range []string{"/faults/no-such-fault/fhir/metadata", "/faults/", "/faults//portal", metadataPath + "/faults/nothing"} {
		g.Expect(a.send(http.MethodGet, s.origin+path, nil).status).To(Equal(http.StatusNotFound), path)
	}
	g.Expect(s.tenants).To(BeEmpty())
}

func TestTransportFaultsMoveTheEndpoints(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	a := newApp(t, s, "")
	d := a.send(http.MethodGet, s.Base("tls13-missing")+"/.well-known/smart-configuration", nil)
	token := d.text("token_endpoint")
	g.Expect(token).NotTo(HavePrefix(s.origin))
	g.Expect(d.text("issuer")).To(Equal(s.root("tls13-missing")))
	g.Expect(verdict(a.send(http.MethodPost, token, url.Values{}))).To(Equal("400 invalid_request"))
}

func TestServersListenOnLoopback(t *testing.T) {
	g := NewWithT(t)
	for addr, ok := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true,
		"0.0.0.0:0": false, ":0": false, "192.0.2.1:0": false, "[::]:0": false, "ehr.example:0": false, "127.0.0.1": false,
	} {
		g.Expect(checkAddress(addr, false) == nil).To(Equal(ok), addr)
	}
	_, err := Start(context.Background(), Options{Addr: "0.0.0.0:0"})
	g.Expect(err).To(MatchError(ContainSubstring("is not on loopback")))
	g.Expect(checkAddress("0.0.0.0:8443", true)).To(Succeed())
}

func TestServersCloseWithTheirContext(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Start(ctx, Options{})
	g.Expect(err).NotTo(HaveOccurred())
	a := newApp(t, s, "")
	g.Expect(a.send(http.MethodGet, s.Base("tls13-missing")+"/.well-known/smart-configuration", nil).status).To(Equal(http.StatusOK))
	cancel()
	<-s.closed
	_, err = a.client.Get(s.Base("") + "/metadata")
	g.Expect(err).To(HaveOccurred())
	s.Close()
	s.Close()
}

func TestClientIDsAreUnique(t *testing.T) {
	g := NewWithT(t)
	_, err := Start(context.Background(), Options{Clients: append(DemoClients(nil), DemoClients(nil)...)})
	g.Expect(err).To(MatchError("register client smartcheck-public: the id is taken; give each client its own"))
}
