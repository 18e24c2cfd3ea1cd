package suites

import "github.com/smart-conformance/smartcheck/internal/target"

// Config describes the server under test. Tests of a Go server build one, or read a target file with
// Load.
type (
	Config     = target.Config
	TLS        = target.TLS
	Timeouts   = target.Timeouts
	UserRole   = target.UserRole
	User       = target.User
	ClientKind = target.ClientKind
	Client     = target.Client
	Launches   = target.Launches
	Data       = target.Data
	Granular   = target.Granular
	JWKS       = target.JWKS
	Secret     = target.Secret

	HostedClient = target.HostedClient
)

// The users and clients that a Config may have.
const (
	Patient    = target.Patient
	Clinician  = target.Clinician
	Public     = target.Public
	Symmetric  = target.Symmetric
	Asymmetric = target.Asymmetric
	Backend    = target.Backend
)

// NewSecret wraps a password, a client secret or a private key, so that it is never printed.
func NewSecret(value string) Secret { return target.NewSecret(value) }

// Load reads a target file. env looks up the variables that the file refers to, as os.LookupEnv does.
func Load(path string, env func(string) (string, bool)) (Config, error) {
	return target.Load(path, env)
}
