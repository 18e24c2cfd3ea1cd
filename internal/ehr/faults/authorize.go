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
	RedirectURIDecoded        = Fault{"redirect-uri-decoded", "compares redirect URIs after decoding them", []string{"authorize.redirect-uri-exact"}}
	RedirectURIHostAndPath    = Fault{"redirect-uri-host-and-path", "compares only the host and the path of redirect URIs", []string{"authorize.redirect-uri-exact"}}
	RedirectURIHostBegins     = Fault{"redirect-uri-host-begins", "accepts any host that begins with the registered one", []string{"authorize.redirect-uri-exact"}}
	RedirectURIFirstOfList    = Fault{"redirect-uri-first-of-list", "takes redirect_uri for a list and compares its first address", []string{"authorize.redirect-uri-exact"}}
	RedirectURIOptional       = Fault{"redirect-uri-optional", "uses the registered redirect URI when the request names none", []string{"authorize.redirect-uri-required"}}
	AuthorizeRepeatsAccepted  = Fault{"authorize-repeats-accepted", "takes the first of a parameter of the authorization request that comes twice", []string{"authorize.parameters-once"}}
	RepeatedRedirectURIUsed   = Fault{"repeated-redirect-uri-used", "checks the first redirect_uri and goes to the second", []string{"authorize.parameters-once"}}
	OpenRedirectUnknownClient = Fault{"open-redirect-unknown-client", "sends the error for an unknown client to whatever redirect URI the request names", []string{"authorize.no-open-redirect"}}
	OpenRedirectUnregistered  = Fault{"open-redirect-unregistered", "sends an error to a redirect URI that is not registered", []string{"authorize.no-open-redirect"}}
	OpenRedirectSilent        = Fault{"open-redirect-prompt-none", "answers prompt=none before it looks at the redirect URI", []string{"authorize.no-open-redirect"}}
	OpenRedirectBadScope      = Fault{"open-redirect-unknown-scope", "answers an unknown scope before it looks at the redirect URI", []string{"authorize.no-open-redirect"}}
	DenialShowsPage           = Fault{"denial-shows-page", "shows a page of its own when the user denies, and never tells the app", []string{"authorize.denial"}}
	DenialIssuesCode          = Fault{"denial-issues-code", "issues a code although the user denied", []string{"authorize.denial"}}
	AuthorizeErrorInvented    = Fault{"authorize-error-invented", "reports errors in the callback with codes that are not registered", []string{"authorize.error-vocabulary"}}
	ImplicitEnabled           = Fault{"implicit-enabled", "answers response_type=token with an access token in the fragment", []string{"authorize.no-implicit"}}
	ResponseTypeIgnored       = Fault{"response-type-ignored", "issues a code whatever response_type says", []string{"authorize.response-type-unsupported"}}
	AudIgnored                = Fault{"aud-ignored", "does not compare aud with its own FHIR base", []string{"authorize.aud-checked"}}
	AudOptional               = Fault{"aud-optional", "takes a request without aud for one that names its own FHIR base", []string{"authorize.aud-required"}}
	TokenAnyBase              = Fault{"token-any-base", "accepts a token at every FHIR base, whatever aud named", []string{"authorize.token-bound-to-base"}}
	LaunchUnknownAccepted     = Fault{"launch-unknown-accepted", "opens the first record of its list for a launch value that it never issued", []string{"authorize.launch-unknown"}}
	LaunchAnyApp              = Fault{"launch-any-app", "resolves a launch value for whichever app brings it", []string{"authorize.launch-other-app"}}
	LaunchReusedOther         = Fault{"launch-reused-other-patient", "opens another patient when a launch value comes again", []string{"authorize.launch-reused"}}
	UnknownParameterRefused   = Fault{"unknown-parameter-refused", "answers invalid_request to a parameter that it does not know", []string{"authorize.unknown-parameters-ignored"}}
	PagesFrameable            = Fault{"pages-frameable", "lets any site frame its login and consent pages", []string{"authorize.clickjacking"}}
	PagesFramed               = Fault{"pages-framed", "lets any site frame its pages, and its cookies go there", []string{"authorize.clickjacking", "authorize.framing"}}
	ConsentTokenUnchecked     = Fault{"consent-token-unchecked", "puts a random value into the forms of its pages and does not compare it", []string{"authorize.consent-csrf"}}
	ConsentAnySession         = Fault{"consent-any-session", "lets the user of any browser session consent to a request of another", []string{"authorize.consent-csrf"}}
	ConsentFromOtherSites     = Fault{"consent-from-other-sites", "finds the pending request by a cookie that other sites' forms carry too, and compares no random value", []string{"authorize.consent-csrf"}}
	ReferrerLeaks             = Fault{"referrer-leaks", "sets no referrer policy on its pages", []string{"authorize.referrer-policy"}}
	ReferrerFull              = Fault{"referrer-full", "tells every site the whole URL of its pages", []string{"authorize.referrer-policy", "authorize.referrer-sent"}}
	Login307                  = Fault{"login-307", "redirects the login form with 307, which posts the password again", []string{"authorize.no-307"}}
	IssParameterMissing       = Fault{"iss-parameter-missing", "promises the iss parameter and leaves it out", []string{"authorize.iss-parameter"}}
	IssMissingOnError         = Fault{"iss-missing-on-error", "promises the iss parameter and leaves it out of error callbacks", []string{"authorize.iss-on-error"}}
	DeclinedScopeServed       = Fault{"declined-scope-served", "lets the access token keep the scopes that the user declined", []string{"authorize.declined-scope-enforced"}}
	CodeNeverExpires          = Fault{"code-never-expires", "does not look at the age of a code", []string{"authorize.code-expires"}}
	ThirdPartyContent         = Fault{"third-party-content", "loads an image from another host on its login page", []string{"authorize.no-third-party-content"}}
)

var authorize = []Fault{
	AuthorizeGetRefused, AuthorizePostRefused, AuthorizePostLosesRequest, CallbackCodeRepeated,
	CodeDeterministic, CodeInFragment, StateDropped, StateDecodedTwice, StateTruncated, StateInvented,
	StateMissingOnError, StateLastWins, RedirectURIPrefixMatch, RedirectURIIgnoresQuery,
	RedirectURIIgnoresCase, RedirectURISubdomain, RedirectURIAnyPort, OpenRedirectUnknownClient,
	OpenRedirectUnregistered, DenialShowsPage, DenialIssuesCode, AuthorizeErrorInvented, ImplicitEnabled,
	RedirectURIDecoded, RedirectURIHostAndPath, RedirectURIHostBegins, RedirectURIFirstOfList,
	RedirectURIOptional, AuthorizeRepeatsAccepted, RepeatedRedirectURIUsed, OpenRedirectSilent, OpenRedirectBadScope,
	AudOptional, TokenAnyBase, ResponseTypeIgnored, AudIgnored, UnknownParameterRefused, PagesFrameable, ReferrerLeaks, Login307,
	LaunchUnknownAccepted, LaunchAnyApp, LaunchReusedOther,
	IssMissingOnError, DeclinedScopeServed, PagesFramed, ConsentTokenUnchecked, ConsentAnySession, ConsentFromOtherSites, ReferrerFull,
	IssParameterMissing, CodeNeverExpires, ThirdPartyContent,
}
