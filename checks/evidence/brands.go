package evidence

import "time"

// BrandsKind is the User-access Brand Bundle of a server, and what it leads to.
var BrandsKind = NewKind[Brands]("brands.bundle")

// MaxBrandBundle is how many bytes of a brand bundle are read: national publishers list tens of thousands
// of organizations.
const MaxBrandBundle = 64 << 20

// Brands holds a brand bundle: fetched from a server, or saved earlier.
type Brands struct {
	Base string    `json:"base,omitempty"` // the FHIR base that led to the bundle; "" when the bundle itself was given
	Live bool      `json:"live"`           // it was fetched in this run
	Read time.Time `json:"read"`

	SMART *Document `json:"smart,omitempty"` // the SMART configuration of the base
	// Answer is how the bundle was served, or the name of its file, without its text. It is nil when there
	// is no address to fetch a bundle from.
	Answer *Document   `json:"answer,omitempty"`
	Bundle BrandBundle `json:"bundle"`

	CrossOrigin []CrossOrigin `json:"crossOrigin,omitempty"` // of the bundle, and of entries that are served alone too
	Revalidated *Document     `json:"revalidated,omitempty"` // the answer to If-None-Match, without its text
	Logos       []ServedLogo  `json:"logos,omitempty"`       // some of the linked ones
	// Configurations are the SMART configurations of endpoints that live where the base does.
	Configurations []EndpointConfiguration `json:"configurations,omitempty"`
	// Affiliated are the brands that the operator of the server expects in the bundle, by the value of an
	// identifier or by name. There are none when that is not known.
	Affiliated []string `json:"affiliated,omitempty"`
}

// BrandBundle is what checks need of a bundle.
type BrandBundle struct {
	Problem      string   `json:"problem,omitempty"` // why the text is no JSON object
	Flaws        []string `json:"flaws,omitempty"`   // departures from RFC 8259 that many parsers let pass
	ResourceType string   `json:"resourceType,omitempty"`
	Type         string   `json:"type,omitempty"`
	Timestamp    string   `json:"timestamp,omitempty"`
	Meta         bool     `json:"meta,omitempty"` // it has a meta element
	LastUpdated  string   `json:"lastUpdated,omitempty"`

	Brands    []Brand         `json:"brands,omitempty"`
	Endpoints []BrandEndpoint `json:"endpoints,omitempty"`
	Others    int             `json:"others,omitempty"` // entries that are neither
	Absent    []AbsentData    `json:"absent,omitempty"` // stated of the bundle itself and of other entries
}

// BrandEntry is what all entries have.
type BrandEntry struct {
	FullURL     string       `json:"fullUrl,omitempty"`
	ID          string       `json:"id,omitempty"`
	Name        string       `json:"name,omitempty"`
	LastUpdated string       `json:"lastUpdated,omitempty"`
	Absent      []AbsentData `json:"absent,omitempty"`
}

// AbsentData is one place where data are said to be absent
// (http://hl7.org/fhir/StructureDefinition/data-absent-reason).
type AbsentData struct {
	Element string `json:"element"`          // such as "telecom.value"
	Reason  string `json:"reason"`           // the code
	Filled  bool   `json:"filled,omitempty"` // the element has a value all the same
}

// Brand is an Organization of the bundle.
type Brand struct {
	BrandEntry
	Identifiers []BrandIdentifier `json:"identifiers,omitempty"`
	Categories  []BrandCode       `json:"categories,omitempty"` // codings of Organization.type
	Telecoms    int               `json:"telecoms,omitempty"`   // how many
	Websites    []string          `json:"websites,omitempty"`   // values of those with system url
	PartOf      string            `json:"partOf,omitempty"`
	Endpoints   []string          `json:"endpoints,omitempty"` // references
	Details     []BrandExtension  `json:"details,omitempty"`   // organization-brand
	Portals     []BrandExtension  `json:"portals,omitempty"`   // organization-portal
}

// BrandIdentifier is an Identifier.
type BrandIdentifier struct {
	System string `json:"system,omitempty"`
	Value  string `json:"value,omitempty"`
}

// BrandCode is a Coding.
type BrandCode struct {
	System string `json:"system,omitempty"`
	Code   string `json:"code,omitempty"`
}

// BrandExtension are the elements of a complex extension, in order.
type BrandExtension []BrandDetail

// BrandDetail is one element of a complex extension.
type BrandDetail struct {
	URL    string `json:"url"`
	Member string `json:"member,omitempty"` // that holds the value, such as valueUrl
	// Text is the value of a primitive, the reference of a Reference and the code of a Coding. The payload
	// of a data URL is left out.
	Text  string      `json:"text,omitempty"`
	Image *BrandImage `json:"image,omitempty"` // of a data URL
}

// Texts returns the values of the elements with that name.
func (e BrandExtension) Texts(url string) []string {
	var out []string
	for _, detail := range e {
		if detail.URL == url && detail.Text != "" {
			out = append(out, detail.Text)
		}
	}
	return out
}

// BrandEndpoint is an Endpoint of the bundle.
type BrandEndpoint struct {
	BrandEntry
	Status       string    `json:"status,omitempty"`
	Connection   BrandCode `json:"connection"`
	PayloadTypes int       `json:"payloadTypes,omitempty"` // how many
	Versions     []string  `json:"versions,omitempty"`     // of FHIR
	Contacts     []string  `json:"contacts,omitempty"`     // values of those with system url
	Address      string    `json:"address,omitempty"`
}

// BrandImage is what can be told of an image.
type BrandImage struct {
	Format string `json:"format,omitempty"` // png, svg or gif, jpeg, webp; "" when it is none of them
	Width  int    `json:"width,omitempty"`  // of a PNG, in pixels
	Height int    `json:"height,omitempty"`
}

// ServedLogo is a linked logo, and how it was served.
type ServedLogo struct {
	Answer Document   `json:"answer"` // without its body
	Image  BrandImage `json:"image"`
}

// EndpointConfiguration is the SMART configuration of an endpoint.
type EndpointConfiguration struct {
	Address string   `json:"address"` // of the endpoint
	Answer  Document `json:"answer"`  // without its text
	Object  bool     `json:"object"`  // it is a JSON object that was served with 200
}

// Exchanges returns the ids of the exchanges in which the bundle was fetched, in order.
func (b Brands) Exchanges() []string { return b.Answer.Exchanges() }
