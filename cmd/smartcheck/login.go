package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

func newLogin() *cobra.Command {
	var w window
	var file, user, reports string
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Only sign in, and show what was done on each page",
		Long: `login makes one authorization request as a user and stops at the redirect URI: nothing is judged. It
prints what was done on each page, and why, and keeps a picture of every page and after every step of a
recording. It is for the development of a recording.

Exit codes: 0 the redirect URI was reached, 2 wrong usage or configuration, 3 it was not reached.`,
		Example: `  smartcheck login --user patient
  smartcheck login --user clinician --headed --reports login-pictures
  smartcheck login --user patient --manual`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			role := target.UserRole(user)
			if !slices.Contains(target.UserRoles, role) {
				return fail(2, "--user %q is no user; users are patient and clinician", user)
			}
			if err := w.check(); err != nil {
				return err
			}
			cfg, err := target.Load(file, os.LookupEnv)
			if err != nil {
				return fail(2, "%w", err)
			}
			return login(cmd, cfg, role, w, reports)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "smartcheck.yaml", "the target file")
	cmd.Flags().StringVar(&user, "user", "patient", "who signs in: patient or clinician")
	cmd.Flags().StringVar(&reports, "reports", "reports", "directory for the pictures; empty keeps none")
	w.addFlags(cmd, true)
	return cmd
}

// login signs in, prints what was done, and returns the error that decides the exit code.
func login(cmd *cobra.Command, cfg target.Config, role target.UserRole, w window, reports string) (err error) {
	s, err := session.New(cfg)
	if err != nil {
		return fail(2, "%w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	s.Headed, s.Hand = w.headed, w.manual
	s.Asked = func(user string) { fmt.Fprintln(cmd.ErrOrStderr(), asked(target.UserRole(user))) }
	answer, shots, err := signIn(cmd, s, role)
	if reason, lacking := session.Lacking(err); lacking {
		return fail(2, "%s", reason)
	}
	print(cmd.OutOrStdout(), answer.Evidence)
	where, kept := keep(filepath.Join(reports, "login", string(role)), shots, reports != "")
	if kept != nil {
		return fail(2, "cannot write the pictures of pages: %w", kept)
	}
	for _, name := range where {
		fmt.Fprintf(cmd.OutOrStdout(), "picture  %s\n", filepath.ToSlash(name))
	}
	if err != nil {
		return fail(3, "%w", err)
	}
	if answer.Evidence.Callback == nil {
		last := ""
		if len(where) > 0 {
			last = "; the last picture is " + filepath.ToSlash(where[len(where)-1])
		}
		return fail(3, "the sign-in of the %s did not reach the redirect URI: %s%s", role, answer.Evidence.Describe(), last)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "reached  %s\n", answer.Evidence.Describe())
	return nil
}

// signIn signs in by hand, which keeps the session, or with the recordings and the driver.
func signIn(cmd *cobra.Command, s *session.Session, role target.UserRole) (session.Answer, []session.Picture, error) {
	if !s.Hand {
		return s.Login(cmd.Context(), role)
	}
	launch, err := s.LoginLaunch(role)
	if err != nil {
		return session.Answer{}, nil, err
	}
	answer, err := s.SignIn(cmd.Context(), launch)
	return answer, nil, err
}

// print lists the pages and what was done on them.
func print(w io.Writer, e evidence.Authorization) {
	for _, p := range e.Pages {
		address, _, _ := strings.Cut(p.URL, "?")
		fmt.Fprintf(w, "page     %d %s  %s  %q\n", p.Status, address, p.Kind, p.Title)
	}
	for _, d := range e.Decisions {
		fmt.Fprintf(w, "did      %s\n", d)
	}
}

// keep writes the pictures into a directory, from which those of the last time are removed, and returns
// their names.
func keep(directory string, shots []session.Picture, wanted bool) ([]string, error) {
	if !wanted || len(shots) == 0 {
		return nil, nil
	}
	old, err := filepath.Glob(filepath.Join(directory, "[0-9][0-9]-*.jpg"))
	if err != nil {
		return nil, err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	var names []string
	for _, shot := range shots {
		name := filepath.Join(directory, shot.Name+".jpg")
		if err := os.WriteFile(name, shot.JPEG, 0o600); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}
