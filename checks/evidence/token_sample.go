package evidence

import (
	"fmt"
	"strings"
)

// Sample tells of secret values of one kind what they give away together, without the values. Positions are
// counted in the part that is left of a value when what all begin and end with is taken away.
type Sample struct {
	Values   int  `json:"values"`   // how many different ones there were
	Repeated int  `json:"repeated"` // how many were issued to more than one holder
	Form     Form `json:"form"`
	Unsigned int  `json:"unsigned,omitempty"` // JWTs without a signature
	Shortest int  `json:"shortest"`           // in characters
	Longest  int  `json:"longest"`
	Prefix   int  `json:"prefix"`   // characters that all begin with
	Suffix   int  `json:"suffix"`   // characters that all end with
	Varying  int  `json:"varying"`  // positions at which not all are equal
	Alphabet int  `json:"alphabet"` // how many characters those of these positions can have been drawn from
	// Sorted says that the values, in the order of their issue, are sorted; Head is how many of the varying
	// positions that order explains.
	Sorted bool `json:"sorted,omitempty"`
	Head   int  `json:"head,omitempty"`
	// Bits is an estimate from above of how many bits an attacker cannot know.
	Bits      int      `json:"bits"`
	Exchanges []string `json:"exchanges,omitempty"` // a few of those that brought the values
}

// Form is what values look like.
type Form string

// The forms of values. Of signed and of encrypted ones only the part that nobody else can make is measured.
const (
	Opaque Form = "opaque"
	JWS    Form = "jws"
	JWE    Form = "jwe"
	UUID4  Form = "uuid4"
)

// Describe says in a few words what was measured.
func (s Sample) Describe() string {
	what := map[Form]string{JWS: "signatures of JWTs", JWE: "encrypted JWTs", UUID4: "UUIDs of version 4"}[s.Form]
	if what == "" {
		what = "values"
	}
	length := fmt.Sprint(s.Longest)
	if s.Shortest != s.Longest {
		length = fmt.Sprintf("%d to %d", s.Shortest, s.Longest)
	}
	text := []string{fmt.Sprintf("%d %s of %s characters, %d of which vary over an alphabet of %d: %d bits at most",
		s.Values, what, length, s.Varying, s.Alphabet, s.Bits)}
	if s.Sorted {
		text = append(text, "sorted in the order of their issue, like a counter or a clock")
	}
	return strings.Join(text, "; ")
}

// Samples are the codes and tokens that one run collected.
type Samples struct {
	Codes         Sample `json:"codes"`
	AccessTokens  Sample `json:"access_tokens"`
	RefreshTokens Sample `json:"refresh_tokens"`
}

// SamplesKind is what a number of codes and tokens give away together.
var SamplesKind = NewKind[Samples]("token.samples")
