package evidence

// Grant is one launch carried through to the token endpoint.
type Grant struct {
	Launch        Launch         `json:"launch"`
	ClientID      string         `json:"client_id"`
	RedirectURI   string         `json:"redirect_uri"`
	Scope         string         `json:"scope"`                  // as requested
	Nonce         string         `json:"nonce,omitempty"`        // as requested
	Issuer        string         `json:"issuer"`                 // as discovered
	IssPromised   bool           `json:"iss_promised,omitempty"` // the metadata promises the iss parameter of RFC 9207
	Base          string         `json:"base"`                   // the FHIR base
	EHRLaunch     *EHRLaunch     `json:"ehr_launch,omitempty"`
	Authorization Authorization  `json:"authorization"`
	Token         *TokenResponse `json:"token,omitempty"` // nil when no code arrived
}

// EHRLaunch is what arrived at the client's launch URI.
type EHRLaunch struct {
	Iss    []string `json:"iss"`
	Launch []Secret `json:"launch"`
	Opened string   `json:"opened,omitempty"` // id of the patient whose record was open, when known
	// OpenedEncounter is the id of the encounter that was open, when known.
	OpenedEncounter string `json:"opened_encounter,omitempty"`
	InFrame         bool   `json:"in_frame,omitempty"`
}

// Worked reports whether the grant ended with an access token.
func (g Grant) Worked() bool { return g.Token != nil && g.Token.Issued() }

// Describe says in a few words how the grant ended.
func (g Grant) Describe() string {
	if g.Token == nil {
		return g.Authorization.Describe()
	}
	return "the token endpoint answered " + g.Token.Describe()
}

// Grants are the launches of a run, in a fixed order.
type Grants struct {
	Grants []Grant `json:"grants"`
}

// GrantsKind is every launch that the target file has users and clients for.
var GrantsKind = NewKind[Grants]("launch.all")

// GrantKind is one launch.
func GrantKind(l Launch) Kind[Grant] { return NewKind[Grant]("launch." + l.String()) }

// Launches lists the twelve launches: each user, each mode, each client.
func Launches() []Launch {
	var all []Launch
	for _, user := range []string{"patient", "clinician"} {
		for _, mode := range []string{"standalone", "ehr"} {
			for _, client := range []string{"public", "symmetric", "asymmetric"} {
				all = append(all, Launch{user, mode, client})
			}
		}
	}
	return all
}
