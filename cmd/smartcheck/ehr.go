package main

import (
	"bytes"
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// ehrFlags are the flags of smartcheck ehr.
type ehrFlags struct {
	addr, caOut, targetOut, keys, spec string
	anyAddress                         bool
}

func newEHR() *cobra.Command {
	var flags ehrFlags
	cmd := &cobra.Command{
		Use:   "ehr",
		Short: "Serve the reference EHR until interrupted",
		Long: `Serves a conformant SMART App Launch server (2.2.0, or an older version with --spec) on loopback over TLS: authorization server, portal and
FHIR server, with synthetic records. Every fault is a tenant beside it: /faults/ID/fhir is the same EHR
with exactly that defect.`,
		Example: "  smartcheck ehr --ca-out ca.pem --target-out smartcheck.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fail(2, "ehr takes no argument, got %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runEHR(cmd, flags) },
	}
	cmd.Flags().StringVar(&flags.addr, "addr", "127.0.0.1:0", "where to listen; port 0 takes a free one")
	cmd.Flags().StringVar(&flags.caOut, "ca-out", "", "write the certificate of the EHR's authority to this file")
	cmd.Flags().StringVar(&flags.targetOut, "target-out", "", "write a target file for the EHR to this file, and its authority, keys and certificates beside it")
	cmd.Flags().StringVar(&flags.keys, "keys", "", "private keys of the asymmetric clients; made when missing (default with --target-out: client-keys.json beside it)")
	cmd.Flags().StringVar(&flags.spec, "spec", "2.2.0", "the version of SMART App Launch that it follows: 1.0.0, 2.0.0 or 2.2.0")
	cmd.Flags().BoolVar(&flags.anyAddress, "any-address", false, "allow an address that other machines can reach, although the passwords are public")
	return cmd
}

// readLetters end a scope that reads and searches, in the syntax of the version.
func readLetters(spec string) string {
	if spec == string(checks.V1_0_0) {
		return "read"
	}
	return "rs"
}

func runEHR(cmd *cobra.Command, flags ehrFlags) error {
	if err := checkSpec(flags.spec); err != nil {
		return err
	}
	if flags.targetOut != "" {
		beside := filepath.Dir(flags.targetOut)
		if flags.keys == "" {
			flags.keys = filepath.Join(beside, "client-keys.json")
		}
		if flags.caOut == "" {
			flags.caOut = filepath.Join(beside, "ehr-ca.pem")
		}
	}
	var public []byte
	if flags.keys != "" {
		var err error
		if public, _, _, err = target.KeyFiles(flags.keys, false); err != nil {
			return fail(2, "%w", err)
		}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	clients := ehr.DemoClients(public)
	var hosted hostedKeys
	if flags.targetOut != "" {
		var err error
		if hosted, err = reserveHostedKeys(filepath.Dir(flags.targetOut)); err != nil {
			return fail(2, "%w", err)
		}
		clients = append(clients, ehr.DemoHosted(hosted.URL))
	}
	server, err := ehr.Start(ctx, ehr.Options{Addr: flags.addr, Clients: clients, Spec: flags.spec, AnyAddress: flags.anyAddress})
	if err != nil {
		return fail(2, "%w", err)
	}
	defer server.Close()
	if err := writeEHRFiles(server, flags, hosted); err != nil {
		return fail(2, "%w", err)
	}
	announce(cmd.OutOrStdout(), server, clients, flags)
	<-ctx.Done()
	return nil
}

// writeEHRFiles writes the authority and the target file. They describe this process, so older ones are
// replaced.
func writeEHRFiles(server *ehr.Server, flags ehrFlags, hosted hostedKeys) error {
	if flags.caOut != "" {
		if err := target.CreateFile(flags.caOut, server.CAPEM(), 0o644, true); err != nil {
			return err
		}
	}
	if flags.targetOut == "" {
		return nil
	}
	if err := hosted.write(server); err != nil {
		return err
	}
	var file bytes.Buffer
	err := ehrTarget.Execute(&file, map[string]string{
		"Spec": flags.spec, "Letters": readLetters(flags.spec), "FHIR": server.Base(""), "Sibling": server.Sibling(""),
		"Portal": server.Portal(""), "Redirect": ehr.DemoRedirectURI, "Launch": ehr.DemoLaunchURI,
		"CA": seenFrom(flags.targetOut, flags.caOut), "Keys": seenFrom(flags.targetOut, flags.keys),
		"Patient": ehr.PatientUsername, "Clinician": ehr.ClinicianUsername,
		"Public": ehr.DemoPublicID, "Symmetric": ehr.DemoSymmetricID, "Asymmetric": ehr.DemoAsymmetricID, "Backend": ehr.DemoBackendID,
		"Expiring": ehr.DemoExpiringID,
		"Hosted":   ehr.DemoHostedID, "Listen": hosted.Listen, "JWKS": hosted.URL, "Cert": filepath.Base(hosted.Cert), "CertKey": filepath.Base(hosted.Key),
	})
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", flags.targetOut, err)
	}
	return target.CreateFile(flags.targetOut, file.Bytes(), 0o644, true)
}

// ehrTarget is the target file of the reference EHR. Its secrets come from the environment, as in every
// target file.
var ehrTarget = template.Must(template.New("target").Parse(`# The reference EHR that "smartcheck ehr" serves. It changes with every start.
version: 1
name: Reference EHR
fhir: "{{.FHIR}}"
spec: {{.Spec}}
tls: {ca: "{{.CA}}"}
users:
  patient: {username: "{{.Patient}}", password: "${PATIENT_PASSWORD}", patient: amy-shaw}
  clinician: {username: "{{.Clinician}}", password: "${CLINICIAN_PASSWORD}", patient: carla-ruiz}
clients:
  public: {id: "{{.Public}}", redirect: "{{.Redirect}}", launch: "{{.Launch}}"}
  symmetric: {id: "{{.Symmetric}}", secret: "${CLIENT_SECRET}", redirect: "{{.Redirect}}", launch: "{{.Launch}}"}
  asymmetric: {id: "{{.Asymmetric}}", key: "{{.Keys}}", redirect: "{{.Redirect}}", launch: "{{.Launch}}"}
  backend: {id: "{{.Backend}}", key: "{{.Keys}}", scopes: [system/Observation.{{.Letters}}]}
  expiring: {id: "{{.Expiring}}", redirect: "{{.Redirect}}"}
jwks:
  listen: "{{.Listen}}"
  url: "{{.JWKS}}"
  cert: "{{.Cert}}"
  key: "{{.CertKey}}"
  client: {id: "{{.Hosted}}", scopes: [system/Observation.{{.Letters}}]}
launches:
  portal: "{{.Portal}}"
  app: {public: Growth Chart (public), symmetric: Growth Chart (symmetric), asymmetric: Growth Chart (asymmetric)}
scopes:
  patient: [openid, fhirUser, offline_access, patient/Patient.{{.Letters}}, patient/Encounter.{{.Letters}}, patient/Observation.{{.Letters}}]
  clinician: [openid, fhirUser, offline_access, user/Patient.{{.Letters}}, user/Encounter.{{.Letters}}, user/Observation.{{.Letters}}]
data:
  otherPatient: ben-ode
  visiblePatients: [amy-shaw, ben-ode]
  forbiddenRecord: Patient/farid-haddad
  siblingBase: "{{.Sibling}}"
  writable: true
capabilitySets: [patient-access-standalone, patient-access-ehr, clinician-access-standalone, clinician-access-ehr]
`))

// announce prints where everything is and how to use it.
func announce(w io.Writer, server *ehr.Server, clients []ehr.Client, flags ehrFlags) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "FHIR base\t%s\n", server.Base(""))
	fmt.Fprintf(table, "portal\t%s\n", server.Portal(""))
	fmt.Fprintf(table, "with a fault\t%s\n", server.Base("FAULT"))
	fmt.Fprintf(table, "\t%d faults, such as %s\n", len(faults.All()), faults.All()[0].ID)
	for _, u := range ehr.Users() {
		fmt.Fprintf(table, "user\t%s\tpassword %s\t%s\n", u.Username, u.Password, u.FHIRUser)
	}
	for _, c := range clients {
		fmt.Fprintf(table, "client\t%s\t%s\t%s\n", c.ID, c.Kind, clientNote(c))
	}
	if flags.keys == "" {
		fmt.Fprintf(table, "\tgive --keys FILE for an asymmetric client and a backend service\n")
	}
	_ = table.Flush()
	if flags.caOut != "" {
		fmt.Fprintf(w, "\nIts certificates are signed by the authority in %s.\n", flags.caOut)
	}
	if flags.targetOut != "" {
		fmt.Fprintf(w, "\nTo test it, in another terminal:\n\n  export PATIENT_PASSWORD=%s CLINICIAN_PASSWORD=%s CLIENT_SECRET=%s\n  smartcheck run -c %s\n",
			shellWord(ehr.PatientPassword), shellWord(ehr.ClinicianPassword), shellWord(ehr.DemoSecret()), shellWord(flags.targetOut))
	}
	fmt.Fprintln(w, "\nEverything in it is synthetic and gone when it stops. Stop it with Ctrl-C.")
}

func clientNote(c ehr.Client) string {
	switch c.Kind {
	case ehr.Symmetric:
		return "secret " + c.Secret
	case ehr.Backend:
		return "client credentials"
	default:
		return "redirect " + c.RedirectURIs[0]
	}
}
