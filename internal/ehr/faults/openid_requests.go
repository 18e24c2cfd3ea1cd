package faults

// Defects in what OpenID Connect adds to authorization requests.
var (
	PromptNoneSignIn    = Fault{"prompt-none-sign-in", "shows the sign-in page in spite of prompt=none", []string{"openid.prompt-none"}}
	PromptNoneConsent   = Fault{"prompt-none-consent", "shows the consent page in spite of prompt=none when the user is signed in", []string{"openid.prompt-none"}}
	PromptNoneErrorPage = Fault{"prompt-none-error-page", "answers prompt=none with an error page", []string{"openid.prompt-none"}}
	PromptLoginIgnored  = Fault{"prompt-login-ignored", "goes on with the session in spite of prompt=login", []string{"openid.prompt-login"}}
	MaxAgeIgnored       = Fault{"max-age-ignored", "goes on with an older session than max_age allows", []string{"openid.max-age"}}
	ACRValuesRefused    = Fault{"acr-values-refused", "refuses a request with acr_values that it does not know", []string{"openid.optional-parameters"}}
	RequestIgnored      = Fault{"request-ignored", "passes over request objects that it does not support", []string{"openid.request-object"}}
	RequestURIIgnored   = Fault{"request-uri-ignored", "passes over request_uri, which it does not support", []string{"openid.request-object"}}
)

var openIDRequests = []Fault{
	PromptNoneSignIn, PromptNoneConsent, PromptNoneErrorPage, PromptLoginIgnored, MaxAgeIgnored, ACRValuesRefused,
	RequestIgnored, RequestURIIgnored,
}
