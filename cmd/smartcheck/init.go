package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// initFlags are the flags of smartcheck init.
type initFlags struct {
	output, keys, ca, clients             string
	force, insecure, register, unregister bool
}

func newInit() *cobra.Command {
	var flags initFlags
	cmd := &cobra.Command{
		Use:   "init URL",
		Short: "Write a target file for a server and say what to register there",
		Long: `Reads URL/.well-known/smart-configuration, where URL is a FHIR base, and writes a commented target file
with what the server's capabilities call for. Keys for client assertions are made when the server takes
them; a key file that exists is kept. Prints what to register at the server, or registers it with --register
where the server has a registration endpoint (RFC 7591).`,
		Example: `  smartcheck init https://ehr.example/fhir
  smartcheck init --register https://ehr.example/fhir
  smartcheck init --unregister`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case flags.register && flags.unregister:
				return fail(2, "give --register or --unregister, not both")
			case flags.unregister && len(args) > 0:
				return fail(2, "--unregister takes no URL: it removes the clients that --clients names")
			case !flags.unregister && len(args) != 1:
				return fail(2, "init needs one FHIR base URL, such as smartcheck init https://ehr.example/fhir")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.unregister {
				return runUnregister(cmd, flags)
			}
			return runInit(cmd, args[0], flags)
		},
	}
	cmd.Flags().StringVarP(&flags.output, "output", "o", "smartcheck.yaml", "the target file to write")
	cmd.Flags().StringVar(&flags.keys, "keys", "client-keys.json", "the private keys of the clients; made when missing")
	cmd.Flags().BoolVar(&flags.force, "force", false, "replace an existing target file (never private keys)")
	cmd.Flags().StringVar(&flags.ca, "ca", "", "a PEM file of certificate authorities to trust besides those of the system")
	cmd.Flags().BoolVar(&flags.insecure, "insecure", false, "do not verify certificates")
	cmd.Flags().BoolVar(&flags.register, "register", false, "register the clients at the server, with the initial access token in REGISTRATION_TOKEN if that is set")
	cmd.Flags().BoolVar(&flags.unregister, "unregister", false, "remove the clients that --register has registered")
	cmd.Flags().StringVar(&flags.clients, "clients", "registered-clients.json", "where --register keeps what it takes to remove the clients")
	return cmd
}

func runInit(cmd *cobra.Command, url string, flags initFlags) error {
	base, err := target.ParseBase(url)
	if err != nil {
		return fail(2, "%w", err)
	}
	if _, err := os.Lstat(flags.output); err == nil && !flags.force {
		return fail(2, "%s exists; give --force to replace it, or -o FILE to write another", flags.output)
	}
	if flags.register {
		if err := clientFilesFree(flags.clients); err != nil {
			return fail(2, "%w", err)
		}
	}
	tls, err := target.ReadTLS(flags.ca, flags.insecure)
	if err != nil {
		return fail(2, "%w", err)
	}
	server, err := target.Discover(cmd.Context(), base, tls)
	if err != nil {
		return fail(3, "%w", err)
	}
	keysCreated := false
	if server.NeedsKeys() {
		if server.JWKS, server.JWKSFile, keysCreated, err = target.KeyFiles(flags.keys, flags.force); err != nil {
			return fail(2, "%w", err)
		}
	}
	server.KeyFile = seenFrom(flags.output, flags.keys)
	if flags.ca != "" {
		server.TLS.CAFile = seenFrom(flags.output, flags.ca)
	}
	var done enrolment
	if flags.register {
		if done, err = registerClients(cmd.Context(), server, flags); err != nil {
			return err
		}
		server.ClientIDs, server.InitialToken = done.ids(), os.Getenv(registrationTokenVariable) != ""
	}
	var file bytes.Buffer
	if err := target.WriteTemplate(&file, server); err != nil {
		return fail(2, "%w", err)
	}
	if err := target.CreateFile(flags.output, file.Bytes(), 0o644, flags.force); err != nil {
		return fail(2, "%w", err)
	}
	reportInit(cmd.OutOrStdout(), server, flags, keysCreated, done)
	return nil
}

// reportInit says what was written, what to register and what to do next.
func reportInit(w io.Writer, server target.Discovered, flags initFlags, keysCreated bool, done enrolment) {
	fmt.Fprintf(w, "Wrote %s\n", flags.output)
	switch {
	case keysCreated:
		fmt.Fprintf(w, "Wrote %s (private: keep it out of version control) and %s\n", flags.keys, server.JWKSFile)
	case server.NeedsKeys():
		fmt.Fprintf(w, "Kept the private keys in %s; their public keys are in %s\n", flags.keys, server.JWKSFile)
	}
	done.report(w, flags)
	if todo := target.Registration(server); todo != "" {
		fmt.Fprintf(w, "\n%s", strings.TrimLeft(todo, "\n"))
	}
	fmt.Fprint(w, "\nThen set these variables and run:\n\n")
	if done.hasSecrets() {
		fmt.Fprintf(w, "  . %s\n", sourced(secretsFile(flags.clients)))
	}
	for _, name := range server.Variables() {
		if done.sets(name) {
			continue
		}
		fmt.Fprintf(w, "  export %s=\n", name)
	}
	run := "smartcheck run"
	if flags.output != "smartcheck.yaml" {
		run += " -c " + shellWord(flags.output)
	}
	fmt.Fprintf(w, "  %s\n", run)
}

// seenFrom returns the name of file as seen from the folder of the target file, which is how Load reads it.
func seenFrom(targetFile, file string) string {
	from, err1 := filepath.Abs(filepath.Dir(targetFile))
	to, err2 := filepath.Abs(file)
	if err := errors.Join(err1, err2); err != nil || filepath.IsAbs(file) {
		return file
	}
	name, err := filepath.Rel(from, to)
	if err != nil {
		return to
	}
	return name
}

// shellWord quotes a word for a POSIX shell when it needs quotes.
func shellWord(word string) string {
	special := func(r rune) bool {
		return !strings.ContainsRune("/._-+:@%", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if word != "" && !strings.ContainsFunc(word, special) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
