package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/reporters"
)

// discoverFlags are the flags of smartcheck discover.
type discoverFlags struct {
	base, kind, spec, format, junit, ca string
	strict, insecure, verbose           bool
	concurrency                         int
	timeout                             time.Duration
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
	f.StringVar(&flags.format, "format", "table", "what is written to standard output: table, json, junit or markdown")
	f.StringVar(&flags.junit, "junit", "", "also write a JUnit report to this `file`")
	f.StringVar(&flags.ca, "ca", "", "a PEM `file` of certificate authorities to trust besides those of the system")
	f.BoolVar(&flags.strict, "strict", false, "let warnings break conformance")
	f.BoolVar(&flags.insecure, "insecure", false, "do not verify certificates")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "also tell what passed and what was skipped, one by one")
	f.IntVar(&flags.concurrency, "concurrency", 8, "servers at once")
	f.DurationVar(&flags.timeout, "timeout", 10*time.Second, "how long to wait for one answer")
	return cmd
}

func runDiscover(cmd *cobra.Command, args []string, flags discoverFlags) error {
	options, err := flags.options()
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
	options.Done = progress(cmd.ErrOrStderr(), len(bases))
	results, err := discovery.Servers(cmd.Context(), bases, options)
	if err != nil {
		return fail(2, "%w", err)
	}
	results = append(results, discovery.JudgeSaved(saved, flags.base, options)...)
	if flags.junit != "" {
		if err := writeFile(flags.junit, func(w io.Writer) error { return reporters.WriteJUnitAll(w, results) }); err != nil {
			return fail(2, "%w", err)
		}
	}
	if err := flags.write(cmd.OutOrStdout(), results); err != nil {
		return fail(2, "%w", err)
	}
	return verdictOf(results, flags.strict)
}

func (flags discoverFlags) options() (discovery.Options, error) {
	version := checks.Version(flags.spec)
	switch {
	case !slices.Contains(checks.Versions, version):
		return discovery.Options{}, fail(2, "--spec %s: smartcheck knows 1.0.0, 2.0.0 and 2.2.0", flags.spec)
	case !slices.Contains([]string{"table", "json", "junit", "markdown"}, flags.format):
		return discovery.Options{}, fail(2, "--format %s: choose table, json, junit or markdown", flags.format)
	case flags.kind != "" && !slices.Contains(discovery.Kinds, discovery.Kind(flags.kind)):
		return discovery.Options{}, fail(2, "--kind %s: choose smart, openid, jwks or metadata", flags.kind)
	case flags.timeout <= 0 || flags.concurrency < 1:
		return discovery.Options{}, fail(2, "--timeout and --concurrency must be more than nothing")
	}
	if flags.base != "" {
		if _, err := target.ParseBase(flags.base); err != nil {
			return discovery.Options{}, fail(2, "--base: %w", err)
		}
	}
	trust, err := target.ReadTLS(flags.ca, flags.insecure)
	if err != nil {
		return discovery.Options{}, fail(2, "--ca: %w", err)
	}
	return discovery.Options{
		Tool: tool(), Judging: checks.Options{Version: version, Strict: flags.strict},
		TLS: trust, Timeout: flags.timeout, AtOnce: flags.concurrency,
	}, nil
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

// write writes the results in the format that was asked for. JSON is one object for one target, and an
// array of such objects for several.
func (flags discoverFlags) write(w io.Writer, results []reporters.Results) error {
	switch flags.format {
	case "json":
		return reporters.WriteJSONAll(w, results)
	case "junit":
		return reporters.WriteJUnitAll(w, results)
	}
	for i, r := range results {
		if i > 0 {
			fmt.Fprintln(w)
		}
		var err error
		if flags.format == "markdown" {
			err = reporters.WriteMarkdown(w, r)
		} else {
			console := reporters.Terminal(w)
			console.Verbose = flags.verbose
			err = reporters.WriteConsole(w, r, console)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verdictOf returns the error that carries the exit code: 1 when a target does not conform, else 3 when
// one could not be judged.
func verdictOf(results []reporters.Results, strict bool) error {
	worst := 0
	for _, r := range results {
		switch code := reporters.ExitCode(r, strict); {
		case code == 1, worst == 0:
			worst = code
		}
		if worst == 1 {
			break
		}
	}
	if worst == 0 {
		return nil
	}
	return exitError{code: worst}
}

// writeFile writes a report into a file.
func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
