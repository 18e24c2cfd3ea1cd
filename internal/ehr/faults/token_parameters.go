package faults

// TokenRepeatsAccepted is the defect of a token endpoint that does not count parameters.
var TokenRepeatsAccepted = Fault{"token-repeats-accepted", "takes the first of a parameter of the token request that comes twice", []string{"token.parameters-once"}}

var tokenParameters = []Fault{TokenRepeatsAccepted}
