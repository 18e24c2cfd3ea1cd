package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Codes lists the checks of authorization codes that take their time.
var Codes = []Check{CodeExpires}

// CodeExpires verifies that an unused code stops working.
var CodeExpires = New(Meta{
	ID:           "authorize.code-expires",
	Title:        "An unused code expires",
	Level:        Should,
	Requirements: []string{"58"},
	Applies:      "timeouts.codeExpiry of the target file says how long codes live",
	Remedy:       "Let codes expire after about a minute, and after ten at the latest (RFC 6749 §4.1.2); compare their age when they are redeemed.",
}, evidence.CodeExpiryKind, func(e evidence.CodeExpiry) Verdict {
	switch {
	case e.Token.Issued():
		return Broken(fmt.Sprintf("400 invalid_grant for a code of %d seconds", e.Waited), e.Token.Describe(), e.Token.Exchange)
	case giveUp(e.Token.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Token.Status), e.Token.Exchange)
	}
	return Holds(fmt.Sprintf("an unused code of %d seconds was answered with %s", e.Waited, e.Token.Describe()), e.Token.Exchange)
})
