package evidence

import "encoding/json"

// DetailedTokens are the token responses of a run that say where else their tokens work.
type DetailedTokens struct {
	Asked  int             `json:"asked"` // token responses that were looked at
	Tokens []DetailedToken `json:"tokens,omitempty"`
}

// DetailedToken is one token response with authorization_details.
type DetailedToken struct {
	Launch   Launch          `json:"launch"`
	Exchange string          `json:"exchange"`
	Details  json.RawMessage `json:"details"`
	// Reads are attempts to read the patient in context at the locations, of the first such response only.
	Reads []LocationRead `json:"reads,omitempty"`
}

// LocationRead is one read at a location that authorization_details names.
type LocationRead struct {
	Location string     `json:"location"`
	Answer   FHIRAnswer `json:"answer"`
}

// SMARTDetails is the type of the authorization details that SMART App Launch defines.
const SMARTDetails = "smart_on_fhir"

// The kinds of evidence about what token responses hold besides the token.
var (
	DetailsKind    = NewKind[DetailedTokens]("token.authorization-details")
	ManyScopesKind = NewKind[Grant]("token.many-scopes")
)
