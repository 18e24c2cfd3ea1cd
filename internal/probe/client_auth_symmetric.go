package probe

import (
	"context"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// ClientAuthSymmetric lists the probes of client authentication by secret. Each redeems a code that
// the right secret would redeem.
func ClientAuthSymmetric() []Probe {
	symmetric := []target.ClientKind{target.Symmetric}
	return []Probe{
		of(evidence.SecretWrongKind, func(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
			name := evidence.WrongInHeader
			if client, _ := s.Config.Client(target.Symmetric); client.Auth == target.AuthPost {
				name = evidence.WrongInBody
			}
			return redeemEach(ctx, s, evidence.SecretWrongKind, symmetric, attempt{name, wrongSecret})
		}),
		redemptions(evidence.SecretInQueryKind, symmetric,
			attempt{"the secret in the query", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
				r.Authorization = ""
				r.Form.Del("client_secret")
				r.Form.Set("client_id", a.Client.ID)
				r.Query = url.Values{"client_secret": {a.Client.Secret.Reveal()}}
				return nil
			}},
		),
		redemptions(evidence.TwoMethodsKind, symmetric,
			attempt{"the secret in the header and in the body", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
				r.Authorization = session.Basic(a.Client.ID, a.Client.Secret.Reveal())
				r.Form.Set("client_id", a.Client.ID)
				r.Form.Set("client_secret", a.Client.Secret.Reveal())
				return nil
			}},
		),
	}
}

// wrongSecret replaces the secret where the client sends it: a client that was registered to send it in
// the body may be refused for a header, whatever that says.
func wrongSecret(_ context.Context, s *session.Session, a session.Answer, r *session.TokenRequest) error {
	wrong := "wrong-" + oauth.Random(12)
	s.Recorder.Seal("client_secret", wrong)
	if a.Client.Auth == target.AuthPost {
		r.Form.Set("client_secret", wrong)
		return nil
	}
	r.Authorization = session.Basic(a.Client.ID, wrong)
	return nil
}
