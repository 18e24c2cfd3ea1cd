package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// brandServer starts the reference EHR and returns it with a file of its certificate authority.
func brandServer(t *testing.T) (server *ehr.Server, ca string) {
	t.Helper()
	server, err := ehr.Start(t.Context(), ehr.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.CAPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return server, ca
}

func summaryOf(t *testing.T, r ran) map[string]any {
	t.Helper()
	var results struct{ Summary map[string]any }
	if err := json.Unmarshal([]byte(r.out), &results); err != nil {
		t.Fatalf("%v: %s%s", err, r.out, r.errors)
	}
	return results.Summary
}

func TestBrandsOfServers(t *testing.T) {
	g := NewWithT(t)
	server, ca := brandServer(t)
	base := server.Base("")
	bundle := strings.TrimSuffix(base, "/fhir") + "/brands"

	alone := runSmartcheck(t, "", "brands", "--ca", ca, "--format", "json", bundle)
	g.Expect(alone.code).To(BeZero(), alone.out)
	g.Expect(summaryOf(t, alone)).To(HaveKeyWithValue("skip", 8.0), "what the SMART configuration tells")

	led := runSmartcheck(t, "", "brands", "--ca", ca, "--format", "json", base)
	g.Expect(led.code).To(BeZero(), led.out)
	g.Expect(summaryOf(t, led)).To(HaveKeyWithValue("skip", 1.0), "whose brands they are")

	strangers := runSmartcheck(t, "", "brands", "--ca", ca, "--strict", "--brand", "North Health", base)
	g.Expect(strangers.code).To(Equal(1))
	g.Expect(strangers.out).To(ContainSubstring("brands.affiliated"))

	broken := runSmartcheck(t, "", "brands", "--ca", ca, server.Base(faults.BrandsTimestampMissing.ID))
	g.Expect(broken.code).To(Equal(1))
	g.Expect(broken.out).To(And(ContainSubstring("FAIL  brands.timestamp"), ContainSubstring("exchange brands.bundle#")))

	gone := runSmartcheck(t, "", "brands", "--ca", ca, bundle+"/none")
	g.Expect(gone.code).To(Equal(1))
	g.Expect(gone.out).To(ContainSubstring("404 from " + bundle + "/none"))
}

func TestSavedBrands(t *testing.T) {
	g := NewWithT(t)
	server, _ := brandServer(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: server.CAPool()}}}
	response, err := client.Get(strings.TrimSuffix(server.Base(""), "/fhir") + "/brands")
	g.Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	g.Expect(err).NotTo(HaveOccurred())
	file := filepath.Join(t.TempDir(), "brands.json")
	g.Expect(os.WriteFile(file, text, 0o600)).To(Succeed())

	read := runSmartcheck(t, "", "brands", "--format", "json", file)
	g.Expect(read.code).To(BeZero(), read.out)
	g.Expect(summaryOf(t, read)).To(HaveKeyWithValue("skip", 15.0), "what only a server shows")

	piped := runSmartcheck(t, strings.Replace(string(text), `"collection"`, `"searchset"`, 1), "brands", "-v", "-")
	g.Expect(piped.code).To(Equal(1))
	g.Expect(piped.out).To(And(ContainSubstring("FAIL  brands.collection"), ContainSubstring("standard input"), ContainSubstring("needs a live server")))

	page := runSmartcheck(t, "<html>", "brands", "-")
	g.Expect(page.code).To(Equal(1))
	g.Expect(page.out).To(ContainSubstring("markup instead of JSON"))
}

func TestBrandsUsedWrongly(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"nothing":        {nil, "needs a URL or a saved bundle"},
		"no file":        {[]string{"none.json"}, "none.json"},
		"other scheme":   {[]string{"ftp://ehr.example/brands"}, "no web address"},
		"with password":  {[]string{"https://me:secret@ehr.example/brands"}, "no web address"},
		"unknown format": {[]string{"--format", "xml", "-"}, "choose table"},
		"no time":        {[]string{"--timeout", "0s", "-"}, "more than nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runSmartcheck(t, "", append([]string{"brands"}, c.args...)...)
			NewWithT(t).Expect(r.code).To(Equal(2))
			NewWithT(t).Expect(r.errors).To(ContainSubstring(c.says))
		})
	}
}

func TestBrandsOfASilentServer(t *testing.T) {
	r := runSmartcheck(t, "", "brands", "http://127.0.0.1:1/brands.json")
	NewWithT(t).Expect(r.code).To(Equal(3))
	NewWithT(t).Expect(r.out).To(ContainSubstring("refused the connection"))
}
