package suites_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/reporters"
	"github.com/smart-conformance/smartcheck/suites"
)

// TestSuites runs the tree against the target file that SMARTCHECK_CONFIG names or, without one, against
// the reference EHR. With SMARTCHECK_REPORTS it writes results.json and junit.xml into that directory.
func TestSuites(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	suites.Register(config(t), suites.Options{Report: func(r reporters.Results) error {
		return write(os.Getenv("SMARTCHECK_REPORTS"), r)
	}})
	ginkgo.RunSpecs(t, "SMART App Launch conformance")
}

func config(t *testing.T) suites.Config {
	t.Helper()
	if path := os.Getenv("SMARTCHECK_CONFIG"); path != "" {
		cfg, err := suites.Load(path, os.LookupEnv)
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	server, err := sandbox.Start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server.Target("")
}

func write(directory string, r reporters.Results) error {
	if directory == "" {
		return nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	record, err := os.Create(filepath.Join(directory, "results.json"))
	if err != nil {
		return err
	}
	defer record.Close()
	if err := reporters.WriteJSON(record, r); err != nil {
		return err
	}
	junit, err := os.Create(filepath.Join(directory, "junit.xml"))
	if err != nil {
		return err
	}
	defer junit.Close()
	return reporters.WriteJUnit(junit, r)
}
