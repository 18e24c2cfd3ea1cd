package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// discoverFlags are the flags of smartcheck discover.
type discoverFlags struct {
	documentFlags
	base, kind, spec string
}

func newDiscover() *cobra.Command {
	var flags discoverFlags
	cmd := &cobra.Command{
		Use:   "discover URL|FILE|- ...",
		Short: "Validate discovery documents, without credentials and without a browser",
		Long: `Reads the SMART configuration of a FHIR base URL, the metadata and keys that it leads to, and the
capability statement, and judges them. Saved documents are judged too: a SMART configuration, an OpenID
configuration, a JWK Set or a capability statement; - is standard input. One document of each kind is
judged as the documents of one server; of several SMART configurations, each is judged together with the
OpenID configuration of the same issuer.

Exits with 0 when everything conforms, 1 when something does not, 2 when the command was used wrongly and
3 when something could not be judged.`,
		Example: `  smartcheck discover https://ehr.example/fhir
  smartcheck discover smart-configuration.json openid-configuration.json
  curl -s https://ehr.example/fhir/.well-known/smart-configuration | smartcheck discover -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(2, "discover needs a FHIR base URL or a saved document, such as smartcheck discover https://ehr.example/fhir")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runDiscover(cmd, args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.base, "base", "", "the FHIR base `URL` that saved documents come from")
	f.StringVar(&flags.kind, "kind", "", "what saved documents are: smart, openid, jwks or metadata (default: found out)")
	f.StringVar(&flags.spec, "spec", string(checks.V2_2_0), "the `version` of SMART App Launch: 1.0.0, 2.0.0 or 2.2.0")
	flags.add(cmd, 8, 10*time.Second)
	return cmd
}

func runDiscover(cmd *cobra.Command, args []string, flags discoverFlags) error {
	options, err := flags.discoveryOptions()
	if err != nil {
		return err
	}
	bases, files, err := sortArguments(args)
	if err != nil {
		return err
	}
	saved, err := readFiles(cmd.InOrStdin(), files, flags.kind)
	if err != nil {
		return err
	}
	options.Done = progressOf(cmd.ErrOrStderr(), len(bases))
	results, err := discovery.Servers(cmd.Context(), bases, options)
	if err != nil {
		return fail(2, "%w", err)
	}
	results = append(results, discovery.JudgeSaved(saved, flags.base, options)...)
	return flags.report(cmd, results)
}

func (flags discoverFlags) discoveryOptions() (discovery.Options, error) {
	version := checks.Version(flags.spec)
	switch {
	case !slices.Contains(checks.Versions, version):
		return discovery.Options{}, fail(2, "--spec %s: smartcheck knows 1.0.0, 2.0.0 and 2.2.0", flags.spec)
	case flags.kind != "" && !slices.Contains(discovery.Kinds, discovery.Kind(flags.kind)):
		return discovery.Options{}, fail(2, "--kind %s: choose smart, openid, jwks or metadata", flags.kind)
	}
	if flags.base != "" {
		if _, err := target.ParseBase(flags.base); err != nil {
			return discovery.Options{}, fail(2, "--base: %w", err)
		}
	}
	return flags.options(version)
}

// sortArguments tells base URLs from files.
func sortArguments(args []string) (bases, files []string, err error) {
	for _, arg := range args {
		if !strings.Contains(arg, "://") {
			files = append(files, arg)
			continue
		}
		base, err := target.ParseBase(arg)
		if err != nil {
			return nil, nil, fail(2, "%w", err)
		}
		bases = append(bases, base)
	}
	return bases, files, nil
}

// readFiles reads saved documents; - is standard input.
func readFiles(stdin io.Reader, names []string, kind string) ([]discovery.Saved, error) {
	var all []discovery.Saved
	for _, name := range names {
		one, err := readSaved(stdin, name, discovery.Kind(kind))
		if err != nil {
			return nil, fail(2, "%w (a FHIR base URL begins with https://)", err)
		}
		all = append(all, one)
	}
	return all, nil
}

func readSaved(stdin io.Reader, name string, kind discovery.Kind) (discovery.Saved, error) {
	if name == "-" {
		return discovery.ReadSaved("standard input", stdin, kind)
	}
	file, err := os.Open(name)
	if err != nil {
		return discovery.Saved{}, err
	}
	defer file.Close()
	return discovery.ReadSaved(name, file, kind)
}
