package evidence

// CodeExpiry is an authorization code that was kept for a time before it was redeemed.
type CodeExpiry struct {
	Waited int           `json:"waited"` // seconds
	Token  TokenResponse `json:"token"`
}

// CodeExpiryKind is a code that is older than it should be.
var CodeExpiryKind = NewKind[CodeExpiry]("authorize.code-expiry")
