package evidence

// NamedPlaces are addresses that the SMART configuration names for people and for apps, and how they answer to
// somebody without a token.
type NamedPlaces struct {
	Management *Place  `json:"management,omitempty"` // nil when none is listed
	Associated []Place `json:"associated,omitempty"`
}

// Place is one address and its answer, after redirects.
type Place struct {
	URL      string `json:"url"`
	Asked    string `json:"asked,omitempty"` // what was asked for; empty when it was not asked
	Status   int    `json:"status,omitempty"`
	Media    string `json:"media,omitempty"`   // the Content-Type
	Onward   string `json:"onward,omitempty"`  // the scheme of the address that a redirect leads to
	Stopped  string `json:"stopped,omitempty"` // why a redirect was not followed
	Problem  string `json:"problem,omitempty"` // why there is no answer
	Exchange string `json:"exchange,omitempty"`
}

// NamedPlacesKind is how the addresses answer.
var NamedPlacesKind = NewKind[NamedPlaces]("discovery.places")
