package faults

// Defects of the authorization endpoint and of the pages behind it.
var (
	AuthorizeGetRefused       = Fault{"authorize-get-refused", "answers GET at the authorization endpoint with 405", []string{"authorize.get"}}
	AuthorizePostRefused      = Fault{"authorize-post-refused", "answers POST at the authorization endpoint with 405", []string{"authorize.post"}}
	AuthorizePostLosesRequest = Fault{"authorize-post-loses-parameters", "reads the query only, so that a posted authorization request arrives empty", []string{"authorize.post"}}
	CallbackCodeRepeated      = Fault{"callback-code-repeated", "puts the code into the callback twice", []string{"authorize.code-present"}}
	CodeDeterministic         = Fault{"code-deterministic", "derives the code from the client and the user, so that every run gets the same", []string{"authorize.code-unique"}}
	CodeInFragment            = Fault{"code-in-fragment", "delivers the code in the fragment of the redirect URI", []string{"authorize.code-in-query"}}
	StateDropped              = Fault{"state-dropped", "leaves state out of the callback", []string{"authorize.state-echoed"}}
	StateDecodedTwice         = Fault{"state-decoded-twice", "percent-decodes state once too often before it echoes it", []string{"authorize.state-reserved-characters"}}
	StateTruncated            = Fault{"state-truncated", "stores state in 255 characters", []string{"authorize.state-long"}}
	StateInvented             = Fault{"state-invented", "makes up a state when the request had none", []string{"authorize.state-not-invented"}}
	StateMissingOnError       = Fault{"state-missing-on-error", "leaves state out of error callbacks", []string{"authorize.state-on-error"}}
	StateLastWins             = Fault{"state-last-wins", "keeps one state per browser session, so that parallel requests get the last one", []string{"authorize.state-parallel"}}
	RedirectURIPrefixMatch    = Fault{"redirect-uri-prefix-match", "accepts any redirect URI that begins with a registered one", []string{"authorize.redirect-uri-exact"}}
	RedirectURIIgnoresQuery   = Fault{"redirect-uri-ignores-query", "compares redirect URIs without their query", []string{"authorize.redirect-uri-exact"}}
	RedirectURIIgnoresCase    = Fault{"redirect-uri-ignores-case", "compares redirect URIs ignoring case", []string{"authorize.redirect-uri-exact"}}
	RedirectURISubdomain      = Fault{"redirect-uri-subdomain", "accepts any subdomain of the registered host", []string{"authorize.redirect-uri-exact"}}
	RedirectURIAnyPort        = Fault{"redirect-uri-any-port", "compares redirect URIs without their port", []string{"authorize.redirect-uri-exact"}}
	OpenRedirectUnknownClient = Fault{"open-redirect-unknown-client", "sends the error for an unknown client to whatever redirect URI the request names", []string{"authorize.no-open-redirect"}}
	OpenRedirectUnregistered  = Fault{"open-redirect-unregistered", "sends an error to a redirect URI that is not registered", []string{"authorize.no-open-redirect"}}
	DenialShowsPage           = Fault{"denial-shows-page", "shows a page of its own when the user denies, and never tells the app", []string{"authorize.denial"}}
	DenialIssuesCode          = Fault{"denial-issues-code", "issues a code although the user denied", []string{"authorize.denial"}}
	AuthorizeErrorInvented    = Fault{"authorize-error-invented", "reports errors in the callback with codes that are not registered", []string{"authorize.error-vocabulary"}}
	ImplicitEnabled           = Fault{"implicit-enabled", "answers response_type=token with an access token in the fragment", []string{"authorize.no-implicit"}}
	ResponseTypeIgnored       = Fault{"response-type-ignored", "issues a code whatever response_type says", []string{"authorize.response-type-unsupported"}}
	AudIgnored                = Fault{"aud-ignored", "does not compare aud with its own FHIR base", []string{"authorize.aud-checked"}}
	UnknownParameterRefused   = Fault{"unknown-parameter-refused", "answers invalid_request to a parameter that it does not know", []string{"authorize.unknown-parameters-ignored"}}
	PagesFrameable            = Fault{"pages-frameable", "lets any site frame its login and consent pages", []string{"authorize.clickjacking"}}
	ReferrerLeaks             = Fault{"referrer-leaks", "sets no referrer policy on its pages", []string{"authorize.referrer-policy"}}
	Login307                  = Fault{"login-307", "redirects the login form with 307, which posts the password again", []string{"authorize.no-307"}}
	IssParameterMissing       = Fault{"iss-parameter-missing", "promises the iss parameter and leaves it out", []string{"authorize.iss-parameter"}}
	CodeNeverExpires          = Fault{"code-never-expires", "does not look at the age of a code", []string{"authorize.code-expires"}}
	ThirdPartyContent         = Fault{"third-party-content", "loads an image from another host on its login page", []string{"authorize.no-third-party-content"}}
)

var authorize = []Fault{
	AuthorizeGetRefused, AuthorizePostRefused, AuthorizePostLosesRequest, CallbackCodeRepeated,
	CodeDeterministic, CodeInFragment, StateDropped, StateDecodedTwice, StateTruncated, StateInvented,
	StateMissingOnError, StateLastWins, RedirectURIPrefixMatch, RedirectURIIgnoresQuery,
	RedirectURIIgnoresCase, RedirectURISubdomain, RedirectURIAnyPort, OpenRedirectUnknownClient,
	OpenRedirectUnregistered, DenialShowsPage, DenialIssuesCode, AuthorizeErrorInvented, ImplicitEnabled,
	ResponseTypeIgnored, AudIgnored, UnknownParameterRefused, PagesFrameable, ReferrerLeaks, Login307,
	IssParameterMissing, CodeNeverExpires, ThirdPartyContent,
}
