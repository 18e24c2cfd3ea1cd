package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// enrolment is what init --register has registered, as it is kept in a file that nobody else may read.
type enrolment struct {
	FHIR     string           `json:"fhir"`
	CA       string           `json:"ca,omitempty"`
	Insecure bool             `json:"insecure,omitempty"`
	Clients  []enrolledClient `json:"clients"`

	refused []string // kinds that the server did not register, and what it said
}

// enrolledClient is a registered client, and how it is removed (RFC 7592).
type enrolledClient struct {
	Kind     target.ClientKind `json:"kind"`
	ID       string            `json:"client_id"`
	Secret   string            `json:"client_secret,omitempty"`
	ManageAt string            `json:"registration_client_uri,omitempty"`
	Token    string            `json:"registration_access_token,omitempty"`
}

const registrationTokenVariable = "REGISTRATION_TOKEN"

// secretsFile is where the secrets of the clients in a file are written as shell variables.
func secretsFile(clients string) string { return strings.TrimSuffix(clients, ".json") + ".env" }

// clientFilesFree makes sure that no file is in the way that may hold the only token of a client.
func clientFilesFree(clients string) error {
	for _, name := range []string{clients, secretsFile(clients)} {
		if _, err := os.Lstat(name); err == nil {
			return fmt.Errorf("%s exists; remove its clients with smartcheck init --unregister, or name another file with --clients", name)
		}
	}
	return nil
}

// registrar opens a session for requests about registrations.
func registrar(e enrolment) (*session.Session, error) {
	tls, err := target.ReadTLS(e.CA, e.Insecure)
	if err != nil {
		return nil, err
	}
	return session.New(target.Config{
		FHIR: e.FHIR, TLS: tls,
		Registration: target.DynamicRegistration{Token: target.NewSecret(os.Getenv(registrationTokenVariable))},
	})
}

// registerClients registers what the target file needs and writes down how to remove it. When that fails, or the
// program is interrupted, what was registered is removed again.
func registerClients(ctx context.Context, server target.Discovered, flags initFlags) (enrolment, error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	done := enrolment{FHIR: server.FHIR, CA: flags.ca, Insecure: flags.insecure}
	s, err := registrar(done)
	if err != nil {
		return done, fail(2, "%w", err)
	}
	defer s.Close()
	m, err := s.Metadata(ctx)
	if err != nil {
		return done, fail(3, "%w", err)
	}
	if m.Registration == "" {
		return done, fail(3, "%s names no registration_endpoint; run init without --register and register the clients by hand", server.FHIR)
	}
	var made []*session.Registered
	for _, app := range server.Applications() {
		client, answer, err := s.Register(ctx, s.Scope("init.register"), session.Application{Kind: app.Kind, Metadata: app.Metadata})
		if err != nil {
			return done, fail(3, "the %s client could not be registered: %w", app.Kind, err)
		}
		if client == nil {
			done.refused = append(done.refused, fmt.Sprintf("%s: the registration endpoint answered %s %s", app.Kind, answer.Describe(), answer.ErrorDescription()))
			continue
		}
		made = append(made, client)
		done.Clients = append(done.Clients, enrolledClient{
			Kind: app.Kind, ID: client.Client.ID, Secret: client.Client.Secret.Reveal(), ManageAt: client.ManageAt, Token: client.ManageToken,
		})
	}
	if len(made) == 0 {
		return done, fail(3, "no client was registered: %s; an initial access token can be given in %s", strings.Join(done.refused, "; "), registrationTokenVariable)
	}
	if err := done.write(flags.clients); err != nil {
		return done, fail(2, "%w", err)
	}
	for _, client := range made {
		s.Forget(client)
	}
	return done, nil
}

// write keeps the clients in the file, and their secrets in the one beside it.
func (e enrolment) write(clients string) error {
	if ca := e.CA; ca != "" {
		e.CA = seenFrom(clients, ca)
	}
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", clients, err)
	}
	if err := target.CreateFile(clients, append(raw, '\n'), 0o600, true); err != nil {
		return err
	}
	if !e.hasSecrets() {
		return nil
	}
	var secrets bytes.Buffer
	for _, client := range e.Clients {
		if client.Secret != "" {
			fmt.Fprintf(&secrets, "export %s=%s\n", client.secretVariable(), shellWord(client.Secret))
		}
	}
	return target.CreateFile(secretsFile(clients), secrets.Bytes(), 0o600, true)
}

// secretVariable is what the target file calls the secret of the client.
func (c enrolledClient) secretVariable() string {
	return strings.ToUpper(string(c.Kind)) + "_CLIENT_SECRET"
}

// sets reports whether the secrets file sets the variable.
func (e enrolment) sets(variable string) bool {
	for _, client := range e.Clients {
		if client.Secret != "" && client.secretVariable() == variable {
			return true
		}
	}
	return false
}

func (e enrolment) hasSecrets() bool {
	for _, client := range e.Clients {
		if client.Secret != "" {
			return true
		}
	}
	return false
}

func (e enrolment) ids() map[target.ClientKind]string {
	ids := map[target.ClientKind]string{}
	for _, client := range e.Clients {
		ids[client.Kind] = client.ID
	}
	return ids
}

// report says what was registered and how it is removed.
func (e enrolment) report(w io.Writer, flags initFlags) {
	if len(e.Clients) == 0 {
		return
	}
	fmt.Fprintf(w, "Registered %d clients; %s holds what it takes to remove them (private: keep it out of version control):\n\n", len(e.Clients), flags.clients)
	for _, client := range e.Clients {
		fmt.Fprintf(w, "  %-11s %s\n", client.Kind, client.ID)
		if client.ManageAt == "" || client.Token == "" {
			fmt.Fprint(w, "              the server offers no way to remove it (RFC 7592); ask its operator\n")
		}
	}
	fmt.Fprintf(w, "\nRemove them with: %s\n", e.removal(flags.clients))
	for _, refused := range e.refused {
		fmt.Fprintf(w, "Not registered: %s\n", refused)
	}
}

func (e enrolment) removal(clients string) string {
	command := "smartcheck init --unregister"
	if clients != "registered-clients.json" {
		command += " --clients " + shellWord(clients)
	}
	return command
}

// sourced is a file as the shell's dot command takes it.
func sourced(file string) string {
	if !strings.Contains(file, "/") {
		file = "./" + file
	}
	return shellWord(file)
}

// runUnregister removes the clients of a file, and the file when none is left.
func runUnregister(cmd *cobra.Command, flags initFlags) error {
	e, err := readEnrolment(flags.clients)
	if err != nil {
		return fail(2, "%w", err)
	}
	s, err := registrar(e)
	if err != nil {
		return fail(2, "%w", err)
	}
	defer s.Close()
	var left []enrolledClient
	for _, client := range e.Clients {
		what, err := remove(cmd.Context(), s, client)
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s %s is still registered: %v\n", client.Kind, client.ID, err)
			left = append(left, client)
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", client.Kind, client.ID, what)
	}
	if len(left) > 0 {
		all := len(e.Clients)
		e.Clients = left
		if err := e.write(flags.clients); err != nil {
			return fail(2, "%w", err)
		}
		return fail(3, "%s keeps what is still registered: %d of %d", flags.clients, len(left), all)
	}
	if err := errors.Join(os.Remove(flags.clients), removeIfThere(secretsFile(flags.clients))); err != nil {
		return fail(2, "the clients are removed, their file is not: %w", err)
	}
	return nil
}

func removeIfThere(file string) error {
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// readEnrolment reads the file of init --register. The authority that it names is seen from its folder.
func readEnrolment(clients string) (enrolment, error) {
	var e enrolment
	raw, err := os.ReadFile(clients)
	if err != nil {
		return e, fmt.Errorf("cannot read the registered clients: %w", err)
	}
	if err := json.Unmarshal(raw, &e); err != nil || e.FHIR == "" {
		return e, fmt.Errorf("%s is no file of smartcheck init --register", clients)
	}
	if e.CA != "" && !filepath.IsAbs(e.CA) {
		e.CA = filepath.Join(filepath.Dir(clients), e.CA)
	}
	return e, nil
}

// remove deletes one registration and says what came of it. One that does not exist any more is answered with 401
// (RFC 7592 section 2.1).
func remove(ctx context.Context, s *session.Session, client enrolledClient) (what string, err error) {
	registered := &session.Registered{ManageAt: client.ManageAt, ManageToken: client.Token}
	if !registered.Removable() {
		return "", errors.New("the server has not said how to remove it; ask its operator")
	}
	answer, err := s.Manage(ctx, s.Scope("init.unregister"), http.MethodDelete, registered, nil)
	switch {
	case err != nil:
		return "", err
	case answer.Succeeded():
		return "removed", nil
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusNotFound:
		return "the server no longer knows it, or no longer takes its token", nil
	}
	return "", fmt.Errorf("%s answered %s", client.ManageAt, answer.Describe())
}
