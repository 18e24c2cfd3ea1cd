package evidence

// DiscoveryEdgesKind is how the SMART configuration is served to requests that few clients make.
var DiscoveryEdgesKind = NewKind[DiscoveryEdges]("discovery.edges")

// DiscoveryEdges holds the SMART configuration as it is asked for usually, and in other ways.
type DiscoveryEdges struct {
	Plain    Document          `json:"plain"`
	Variants []DocumentVariant `json:"variants,omitempty"`
	// Sibling is the configuration of another FHIR base of the same server, or nil when none is known.
	Sibling *Document `json:"sibling,omitempty"`
}

// The variants of the request.
const (
	EdgeHead        = "HEAD"
	EdgeUnchanged   = "If-None-Match with its ETag"
	EdgeGzip        = "Accept-Encoding: gzip"
	EdgeUncoded     = "Accept-Encoding: identity"
	EdgeQuery       = "an unknown query parameter"
	EdgeCapitals    = "the well-known path in capitals"
	EdgeBearer      = "an unknown access token"
	EdgeBasic       = "the wrong kind of credentials"
	EdgeUnspeakable = "an Authorization header of no known scheme"
)

// Variant returns the document of that variant.
func (d DiscoveryEdges) Variant(name string) (Document, bool) {
	for _, v := range d.Variants {
		if v.Name == name {
			return v.Document, true
		}
	}
	return Document{}, false
}
