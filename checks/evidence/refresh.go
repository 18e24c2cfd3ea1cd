package evidence

// RefreshChain is a grant that was refreshed again and again, always with the newest refresh token. It ends
// early where a refresh that had to work did not; what did not happen is nil.
type RefreshChain struct {
	Grant Grant `json:"grant"`
	// Calls are what the first access token could do, one call for each clinical scope that was granted,
	// named after it. Beyond is a call that no granted scope allows.
	Calls  []FHIRAnswer `json:"calls"`
	Beyond *FHIRAnswer  `json:"beyond,omitempty"`

	Again *Refresh `json:"again,omitempty"` // without scope, more than a second after the grant
	Next  *Refresh `json:"next,omitempty"`  // without scope, with what Again brought

	Narrow   *Refresh `json:"narrow,omitempty"` // for fewer scopes; Left names the scope of Calls that was left out
	Left     string   `json:"left,omitempty"`
	NoNarrow string   `json:"no_narrow,omitempty"` // why fewer scopes were not asked for
	Restored *Refresh `json:"restored,omitempty"`  // without scope, after Narrow

	Wide   *Refresh `json:"wide,omitempty"`    // for a scope more than was granted
	NoWide string   `json:"no_wide,omitempty"` // why it was not asked for

	Reuse *RefreshReuse `json:"reuse,omitempty"`
}

// Refresh is one refresh and what its access token could do.
type Refresh struct {
	Scope  string        `json:"scope,omitempty"` // as requested
	Token  TokenResponse `json:"token"`
	Calls  []FHIRAnswer  `json:"calls,omitempty"` // those of the chain, in their order
	Beyond *FHIRAnswer   `json:"beyond,omitempty"`
}

// RefreshReuse is the use of the first refresh token of a chain after all others.
type RefreshReuse struct {
	Last   TokenResponse `json:"last"`   // the refresh before it, with the newest token
	Replay TokenResponse `json:"replay"` // with the first token
	Newest TokenResponse `json:"newest"` // with what Last brought, after Replay
	Access FHIRAnswer    `json:"access"` // with the access token of Last, after Replay
}

// Refreshes returns the refreshes with the newest refresh token, in their order.
func (c RefreshChain) Refreshes() []Refresh {
	var all []Refresh
	for _, r := range []*Refresh{c.Again, c.Next, c.Narrow, c.Restored, c.Wide} {
		if r != nil {
			all = append(all, *r)
		}
	}
	return all
}

// Rotated reports whether a refresh brought a refresh token that is not the one it was made with.
func (c RefreshChain) Rotated() bool {
	return c.Again != nil && c.Again.Token.RefreshToken != nil && c.Grant.Token.RefreshToken != nil &&
		c.Again.Token.RefreshToken.Fingerprint != c.Grant.Token.RefreshToken.Fingerprint
}

// RefreshStays are two grants of one browser, refreshed while the user was signed in there and afterwards.
type RefreshStays struct {
	Offline RefreshStay `json:"offline"`
	Online  RefreshStay `json:"online"`
	// SignedOut says that the user was seen to be signed out before the refreshes after the sign-out;
	// NotSignedOut says why not.
	SignedOut    bool     `json:"signed_out"`
	NotSignedOut string   `json:"not_signed_out,omitempty"`
	SignOut      []string `json:"sign_out,omitempty"` // the exchanges of signing out
	// Closed says that the browser was closed and its cookies are gone before the last offline refresh.
	Closed bool `json:"closed"`
}

// RefreshStay is a grant of one kind of access.
type RefreshStay struct {
	Lack   string          `json:"lack,omitempty"` // why there is nothing to refresh
	Grant  *Grant          `json:"grant,omitempty"`
	During []TokenResponse `json:"during,omitempty"` // while the browser was signed in
	Read   *FHIRAnswer     `json:"read,omitempty"`   // with the newest access token of During
	// After is a refresh after the sign-out, or after the browser was closed where nobody could be signed
	// out. ReadAfter is made with its access token.
	After     *TokenResponse `json:"after,omitempty"`
	ReadAfter *FHIRAnswer    `json:"read_after,omitempty"`
}

// The kinds of evidence about refreshing.
var (
	RefreshIssuedKind = NewKind[Grants]("refresh.issued")
	RefreshChainKind  = NewKind[RefreshChain]("refresh.chain")
	RefreshClientKind = NewKind[Redemptions]("refresh.client")
	RefreshStayKind   = NewKind[RefreshStays]("refresh.stay")
)

// The names of the requests of RefreshClientKind.
const (
	RefreshOtherClient = "another client"
	RefreshIDAlone     = "the client_id alone"
	RefreshWrongKey    = "wrong credentials"
	RefreshNobody      = "no client at all"
)
