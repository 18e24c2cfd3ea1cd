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
		redemptions(evidence.SecretWrongKind, symmetric,
			attempt{"a wrong secret", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
				r.Form.Del("client_secret")
				r.Form.Del("client_id")
				r.Authorization = session.Basic(a.Client.ID, "wrong-"+oauth.Random(12))
				return nil
			}},
		),
		redemptions(evidence.SecretInQueryKind, symmetric,
			attempt{"the secret in the query", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
				r.Authorization = ""
				r.Form.Del("client_secret")
				r.Form.Set("client_id", a.Client.ID)
				r.Query = url.Values{"client_secret": {a.Client.Secret.Reveal()}}
				return nil
			}},
		),
	}
}
