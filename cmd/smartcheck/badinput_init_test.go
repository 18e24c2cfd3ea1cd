package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// TestInitBadInput writes no target file for a server that cannot be read.
func TestInitBadInput(t *testing.T) {
	const jsonType = "application/json"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	closed := "https://" + listener.Addr().String() + "/fhir"
	NewWithT(t).Expect(listener.Close()).To(Succeed())
	expired, ca := startExpired(t)
	for name, tc := range map[string]struct {
		serve http.HandlerFunc
		args  []string // instead of the address of serve
		says  string
	}{
		"refused":          {nil, []string{closed}, "connection refused"},
		"unknown host":     {nil, []string{"https://nobody.invalid/fhir"}, "nobody.invalid"},
		"expired":          {nil, []string{expired, "--ca", ca}, "expired"},
		"a sign-in page":   {sends("text/html", []byte("<!doctype html><title>Sign in</title>")), nil, "answered HTML; expected JSON"},
		"truncated JSON":   {sends(jsonType, []byte(minimal[:300])), nil, "JSON"},
		"an array":         {sends(jsonType, []byte("["+minimal+"]")), nil, "object"},
		"200 MB":           {huge, nil, "more than 1024 KiB"},
		"endless redirect": {endless, nil, "redirect"},
		"not found":        {http.NotFound, nil, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			args := tc.args
			if tc.serve != nil {
				args = []string{startServer(t, tc.serve)}
			}
			file := filepath.Join(t.TempDir(), "smartcheck.yaml")
			started := time.Now()
			got := runSmartcheck(t, "", append([]string{"init", "-o", file, "--keys", file + ".keys"}, args...)...)
			g.Expect(got.errors).To(ContainSubstring(tc.says))
			g.Expect(got.code).To(Equal(3))
			g.Expect(got.out).To(BeEmpty())
			g.Expect(file).NotTo(BeAnExistingFile())
			g.Expect(file + ".keys").NotTo(BeAnExistingFile())
			g.Expect(time.Since(started)).To(BeNumerically("<", 20*time.Second))
		})
	}
}

// TestInitCannotWrite says where.
func TestInitCannotWrite(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "file")
	g.Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
	got := runSmartcheck(t, "", "init", "-o", filepath.Join(file, "smartcheck.yaml"), "--keys", filepath.Join(t.TempDir(), "keys.json"),
		startServer(t, sends("application/json", []byte(minimal))))
	g.Expect(got.code).To(Equal(2))
	g.Expect(got.errors).To(ContainSubstring(filepath.Join(file, "smartcheck.yaml")))
}
