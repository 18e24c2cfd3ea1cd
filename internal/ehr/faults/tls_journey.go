package faults

// Defects of the pages on the way to a code, as a network between them and the browser sees them.
var (
	LoginThroughHTTP   = Fault{"login-through-http", "sends the browser through plain http on the way to its sign-in page", []string{"tls.journey-https", "tls.no-plaintext"}}
	RedirectDowngrades = Fault{"redirect-downgrades", "redirects from its root to the http address of its portal", []string{"tls.no-downgrade"}}
	LoginFormHTTP      = Fault{"login-form-http", "has a form for forgotten passwords that posts over plain http", []string{"tls.journey-https"}}
	MixedContent       = Fault{"mixed-content", "loads the logo of its sign-in page over plain http", []string{"tls.mixed-content"}}
	CookiesInsecure    = Fault{"cookies-insecure", "sets its cookies without Secure", []string{"tls.cookies-secure"}}
	CookiesScriptable  = Fault{"cookies-scriptable", "sets its cookies without HttpOnly", []string{"tls.cookies-http-only"}}
	CookiesAnySite     = Fault{"cookies-any-site", "sets its cookies without SameSite", []string{"tls.cookies-same-site"}}
)

var tlsJourney = []Fault{
	LoginThroughHTTP, RedirectDowngrades, LoginFormHTTP, MixedContent, CookiesInsecure, CookiesScriptable, CookiesAnySite,
}
