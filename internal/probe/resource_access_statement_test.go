package probe

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestStatementThatCannotBeRead holds that the reason says what was wrong with the answer.
func TestStatementThatCannotBeRead(t *testing.T) {
	for want, row := range map[string]struct {
		status int
		body   string
	}{
		"metadata answered 404; expected 200":                            {404, `{}`},
		"metadata answered 200, but the body is not a JSON object":       {200, `<html>`},
		"cannot unmarshal string into Go struct field statement.rest of": {200, `{"rest":"none"}`},
	} {
		t.Run(want, func(t *testing.T) {
			g := NewWithT(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body)
			}))
			t.Cleanup(server.Close)
			s, err := session.New(target.Config{FHIR: server.URL}.WithDefaults())
			g.Expect(err).NotTo(HaveOccurred())
			t.Cleanup(func() { _ = s.Close() })
			_, err = readStatement(t.Context(), s, s.Scope("test"))
			g.Expect(err).To(MatchError(And(HavePrefix("the CapabilityStatement could not be read: "), ContainSubstring(want))))
		})
	}
}
