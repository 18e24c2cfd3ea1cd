package keyhost_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/keyhost"
)

func get(t *testing.T, address string) (int, string, http.Header) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response.Header
}

func TestSite(t *testing.T) {
	g := NewWithT(t)
	var site *keyhost.Site
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	defer server.Close()
	site, err := keyhost.NewSite(server.URL + "/keys/jwks.json")
	g.Expect(err).NotTo(HaveOccurred())
	status, _, _ := get(t, site.URL())
	g.Expect(status).To(Equal(404), "nothing is published yet")

	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(site.Publish(2*time.Second, jose.JSONWebKey{Key: private, KeyID: "k", Algorithm: "ES384", Use: "sig"})).To(Succeed())
	_, body, header := get(t, site.URL())
	g.Expect(header.Get("Cache-Control")).To(Equal("max-age=2"))
	var set struct{ Keys []map[string]any }
	g.Expect(json.Unmarshal([]byte(body), &set)).To(Succeed())
	g.Expect(set.Keys).To(HaveLen(1))
	g.Expect(set.Keys[0]).To(And(HaveKeyWithValue("kid", "k"), Not(HaveKey("d")), Not(HaveKey("alg"))))

	decoy := site.Decoy("foreign.pem", "text/plain", "foreign")
	g.Expect(decoy).To(Equal(server.URL + "/keys/foreign.pem"))
	g.Expect(site.Visited(decoy)).To(BeFalse())
	_, body, _ = get(t, decoy)
	g.Expect(body).To(Equal("foreign"))
	g.Expect(site.Visited(decoy)).To(BeTrue())
	g.Expect(site.Requests()).To(Equal([]string{"GET"}))

	arrived, release := site.Hold()
	answered := make(chan int, 1)
	go func() {
		response, err := http.Get(site.URL())
		if err != nil {
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	<-arrived
	g.Consistently(answered, "100ms").ShouldNot(Receive())
	release()
	g.Eventually(answered).Should(Receive(Equal(200)))
}
