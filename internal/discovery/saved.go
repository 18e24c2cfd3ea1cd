package discovery

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Kind says what a saved document is.
type Kind string

// The kinds of saved documents.
const (
	SMART      Kind = "smart"    // a SMART configuration
	OpenID     Kind = "openid"   // an OpenID configuration
	Keys       Kind = "jwks"     // a JWK Set
	Capability Kind = "metadata" // a CapabilityStatement, or a Conformance of DSTU2
)

// Kinds lists every kind.
var Kinds = []Kind{SMART, OpenID, Keys, Capability}

// Saved is a document that was saved earlier.
type Saved struct {
	Name     string
	Kind     Kind
	Document evidence.Document
}

// ReadSaved reads a saved document. An empty kind is found out from the name and the content. It fails
// only when in fails; what the text is worth is for the checks to say.
func ReadSaved(name string, in io.Reader, kind Kind) (Saved, error) {
	body, truncated, err := readUpTo(record.MaxBody, name, in)
	if err != nil {
		return Saved{}, err
	}
	document := evidence.NewDocument(body)
	document.File, document.Truncated = name, truncated
	if kind == "" {
		kind = detect(name, document)
	}
	return Saved{Name: name, Kind: kind, Document: document}, nil
}

// readUpTo reads at most so many bytes, and tells whether there are more.
func readUpTo(limit int, name string, in io.Reader) (body []byte, truncated bool, err error) {
	body, err = io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	return body[:min(len(body), limit)], len(body) > limit, nil
}

// detect tells the kind of a document: by the well-known name of its file, or else by members that
// only documents of that kind have. Anything else is taken for a SMART configuration.
func detect(name string, document evidence.Document) Kind {
	file := strings.ToLower(filepath.Base(name))
	for _, known := range []struct {
		part string
		kind Kind
	}{
		{"smart-configuration", SMART}, {"openid-configuration", OpenID}, {"jwks", Keys}, {"metadata", Capability},
	} {
		if strings.Contains(file, known.part) {
			return known.kind
		}
	}
	members, _ := document.Object()
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { _, ok := members[name]; return ok })
	}
	switch {
	case members["resourceType"] == "CapabilityStatement", members["resourceType"] == "Conformance":
		return Capability
	case has("keys"):
		return Keys
	case has("capabilities"):
		return SMART
	case has("id_token_signing_alg_values_supported", "subject_types_supported"):
		return OpenID
	default:
		return SMART
	}
}

// group is what is judged together.
type group struct {
	names []string
	seen  evidence.Discovery
}

// JudgeSaved judges saved documents. A SMART configuration is judged together with the OpenID
// configuration, the key set and the capability statement that belong to it: those that were given when
// it is the only one, else the OpenID configuration of the same issuer. The results have the order of
// the documents. base is the FHIR base URL that they come from, if it is known.
func JudgeSaved(saved []Saved, base string, o Options) []reporters.Results {
	var results []reporters.Results
	for _, g := range groups(saved) {
		g.seen.Base = base
		results = append(results, judgeSaved(strings.Join(g.names, " + "), base, seen{Checks(o.Judging.Version), g.seen}, o))
	}
	return results
}

// judgeSaved judges what was saved under that name.
func judgeSaved(name, base string, s seen, o Options) reporters.Results {
	now := time.Now()
	run := reporters.Run{
		Tool: o.Tool, Strict: o.Judging.Strict, Started: now, Finished: now,
		Target: reporters.Target{Name: name, FHIR: base, Spec: o.Judging.Version, TLS: reporters.NoTLS},
	}
	if base == "" {
		run.Target.Name, run.Target.FHIR = "", name
	}
	return reporters.NewResults(run, s.judge(o.Judging), nil)
}

func groups(saved []Saved) []group {
	count := map[Kind]int{}
	for _, s := range saved {
		count[s.Kind]++
	}
	together := len(saved) > 1
	for _, n := range count {
		together = together && n == 1
	}
	var out []group
	for _, s := range saved {
		if at := partner(out, s, together); at >= 0 {
			out[at].add(s)
			continue
		}
		g := group{}
		g.add(s)
		out = append(out, g)
	}
	return out
}

// partner returns the group that s belongs to, or -1.
func partner(earlier []group, s Saved, together bool) int {
	if together && len(earlier) > 0 {
		return 0
	}
	return slices.IndexFunc(earlier, func(g group) bool {
		switch s.Kind {
		case OpenID:
			return g.seen.OpenID == nil && sameIssuer(g.seen.SMART, &s.Document)
		case SMART:
			return g.seen.SMART == nil && sameIssuer(g.seen.OpenID, &s.Document)
		default:
			return false
		}
	})
}

func sameIssuer(a, b *evidence.Document) bool {
	left, _ := a.Object()
	right, _ := b.Object()
	issuer, ok := left["issuer"].(string)
	return ok && issuer == right["issuer"]
}

func (g *group) add(s Saved) {
	g.names = append(g.names, s.Name)
	document := s.Document
	switch s.Kind {
	case SMART:
		g.seen.SMART = &document
	case OpenID:
		g.seen.OpenID = &document
	case Keys:
		g.seen.Keys = &document
	case Capability:
		g.seen.Capabilities = &document
	}
}
