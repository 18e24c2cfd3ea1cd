package discovery_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/internal/target"
)

const (
	servers = 500
	atOnce  = 8
)

// BenchmarkDiscover compares the validation of many servers with a bare loop that only gets and decodes
// the documents. The metric "x-bare" is the quotient of their times.
func BenchmarkDiscover(b *testing.B) {
	bases, roots := startServers(b, servers)
	o := discovery.Options{
		Judging: checks.Options{Version: checks.V2_2_0}, TLS: target.TLS{CA: roots}, Timeout: 30 * time.Second, AtOnce: atOnce,
	}
	var bare, validating time.Duration
	for b.Loop() {
		bare += timed(b, func() error { return getAll(bases, roots) })
		validating += timed(b, func() error {
			results, err := discovery.Servers(b.Context(), bases, o)
			for _, r := range results {
				if r.Summary.Error > 0 || r.Summary.Pass < 40 {
					return fmt.Errorf("%s: %+v", r.Target.FHIR, r.Summary)
				}
			}
			return err
		})
	}
	b.ReportMetric(bare.Seconds()/float64(b.N), "s-bare")
	b.ReportMetric(validating.Seconds()/float64(b.N), "s-discover")
	b.ReportMetric(validating.Seconds()/bare.Seconds(), "x-bare")
}

func timed(b *testing.B, work func() error) time.Duration {
	b.Helper()
	started := time.Now()
	if err := work(); err != nil {
		b.Fatal(err)
	}
	return time.Since(started)
}

// startServers starts servers that serve the documents of the corpus and a capability statement of a
// usual size.
func startServers(b *testing.B, n int) (bases []string, roots []byte) {
	b.Helper()
	documents := map[string]string{"/fhir/metadata": statement()}
	for path, name := range map[string]string{
		"/fhir/.well-known/smart-configuration": "complete.smart-configuration.json",
		"/t1/.well-known/openid-configuration":  "complete.openid-configuration.json",
		"/t1/keys":                              "complete.jwks.json",
	} {
		raw, err := os.ReadFile("../../checks/testdata/discovery/" + name)
		if err != nil {
			b.Fatal(err)
		}
		documents[path] = string(raw)
	}
	documents["/.well-known/oauth-authorization-server/t1"] = documents["/t1/.well-known/openid-configuration"]
	for range n {
		server := httptest.NewUnstartedServer(nil)
		server.EnableHTTP2 = true
		server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			document, ok := documents[strings.Replace(r.URL.Path, "//", "/", 1)]
			if !ok {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Access-Control-Allow-Origin", "*")
			_, _ = io.WriteString(w, strings.ReplaceAll(document, "https://auth.north.example", server.URL))
		})
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		b.Cleanup(server.Close)
		bases = append(bases, server.URL+"/fhir")
		roots = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	}
	return bases, roots
}

// statement is a capability statement of about 60 kB.
func statement() string {
	var resources []any
	for i := range 100 {
		var parameters []any
		for j := range 10 {
			parameters = append(parameters, map[string]any{"name": fmt.Sprintf("p%d", j), "type": "token"})
		}
		resources = append(resources, map[string]any{"type": fmt.Sprintf("Type%d", i), "interaction": []any{map[string]any{"code": "read"}}, "searchParam": parameters})
	}
	raw, _ := json.Marshal(map[string]any{
		"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1",
		"rest": []any{map[string]any{"mode": "server", "resource": resources}},
	})
	return string(raw)
}

// getAll gets and decodes the documents of every server, and does nothing else.
func getAll(bases []string, roots []byte) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, MaxIdleConns: 2 * atOnce,
	}}
	defer client.CloseIdleConnections()
	work := make(chan string)
	errs := make(chan error, atOnce)
	var group sync.WaitGroup
	for range atOnce {
		group.Go(func() {
			for base := range work {
				if err := get(client, base); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for _, base := range bases {
		select {
		case work <- base:
		case err := <-errs:
			close(work)
			return err
		}
	}
	close(work)
	group.Wait()
	return nil
}

func get(client *http.Client, base string) error {
	origin := strings.TrimSuffix(base, "/fhir")
	for _, path := range []string{
		"/fhir/.well-known/smart-configuration", "/fhir/metadata", "/t1/.well-known/openid-configuration",
		"/.well-known/oauth-authorization-server/t1", "/t1/keys",
	} {
		response, err := client.Get(origin + path)
		if err != nil {
			return err
		}
		var document any
		err = json.NewDecoder(response.Body).Decode(&document)
		response.Body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
