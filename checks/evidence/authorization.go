package evidence

import (
	"slices"
	"strings"
)

// Launch is one way into an app: who launches it, from where, and what kind of client the app is.
type Launch struct {
	User   string `json:"user"`   // patient or clinician
	Mode   string `json:"mode"`   // standalone or ehr
	Client string `json:"client"` // public, symmetric or asymmetric
}

// String returns the launch as it stands in check ids, such as "patient-standalone-public".
func (l Launch) String() string { return l.User + "-" + l.Mode + "-" + l.Client }

// UseCase returns the launch without its client, such as "patient-standalone".
func (l Launch) UseCase() string { return l.User + "-" + l.Mode }

// Outcome is how a trip through the authorization endpoint ended.
type Outcome string

// The outcomes of an authorization request.
const (
	GotCode     Outcome = "code"     // the callback holds a code
	GotToken    Outcome = "token"    // the callback holds an access token
	GotError    Outcome = "error"    // the callback holds an error
	GotNeither  Outcome = "neither"  // the callback was reached without code, token or error
	GotPage     Outcome = "page"     // the server showed an error page and the callback was not reached
	GotForeign  Outcome = "foreign"  // the browser was sent to an address that nobody registered
	GotNowhere  Outcome = "nowhere"  // the trip did not end; Trouble says why
	NotLaunched Outcome = "unlaunch" // the EHR did not launch the app; Trouble says why
	AtConsent   Outcome = "consent"  // the trip was stopped at the consent page, as was wanted
	GotFramed   Outcome = "framed"   // the browser showed a page of the server in a frame of another site
	Launched    Outcome = "launch"   // of a journey through the portal: the EHR launched the app
)

// Authorization is one authorization request and where it led the browser.
type Authorization struct {
	Method    string              `json:"method"`  // GET or POST
	Request   map[string][]string `json:"request"` // the parameters, secrets replaced
	Outcome   Outcome             `json:"outcome"`
	Callback  *Callback           `json:"callback,omitempty"`
	Foreign   string              `json:"foreign,omitempty"` // the address that nobody registered
	Trouble   string              `json:"trouble,omitempty"` // what the driver was waiting for and what it saw
	Pages     []Page              `json:"pages,omitempty"`
	Hops      []Hop               `json:"hops,omitempty"`
	Resources []string            `json:"resources,omitempty"` // hosts other than the server's that pages loaded from
	Referrers []Referrer          `json:"referrers,omitempty"` // what requests to other sites told about pages
	Decisions []string            `json:"decisions,omitempty"` // what the driver did and why
	Cookies   []Cookie            `json:"cookies,omitempty"`   // of the hosts on the way, in the browser after an honest request
	Exchanges []string            `json:"exchanges,omitempty"`
}

// Page is one page that the browser showed on the way.
type Page struct {
	URL    string  `json:"url"`
	Status int     `json:"status"`
	Header Headers `json:"header,omitempty"`
	Title  string  `json:"title,omitempty"`
	Kind   string  `json:"kind,omitempty"` // what the driver took it for, such as sign-in or consent
	// MetaReferrer is the content of the page's meta element named referrer.
	MetaReferrer string `json:"meta_referrer,omitempty"`
	// Text is the beginning of what the page says, when a journey ended on it.
	Text    string          `json:"text,omitempty"`
	Console []string        `json:"console,omitempty"` // errors on the console of the browser
	Failed  []FailedRequest `json:"failed,omitempty"`  // what the page could not load
	// Insecure is what a page that came over https refers to over plain http.
	Insecure []InsecureReference `json:"insecure,omitempty"`
	// Screenshot names the picture of the page among the files of the evidence.
	Screenshot string `json:"screenshot,omitempty"`
}

// Hop is one document request of the browser and its answer.
type Hop struct {
	Method   string `json:"method"`
	URL      string `json:"url"`
	Status   int    `json:"status"`
	Location string `json:"location,omitempty"`
	// Credentials says that the request carried the user's password in its body.
	Credentials bool `json:"credentials,omitempty"`
}

// Cookie is what a browser keeps of a cookie beside its value.
type Cookie struct {
	Name     string `json:"name"`
	Domain   string `json:"domain"` // with a leading dot when it goes to subdomains too
	Secure   bool   `json:"secure,omitempty"`
	HTTPOnly bool   `json:"http_only,omitempty"`
	SameSite string `json:"same_site,omitempty"` // Strict, Lax or None; empty when it says nothing
}

// InsecureReference is an element of a page whose address is plain http.
type InsecureReference struct {
	Element string `json:"element"` // such as img or form
	URL     string `json:"url"`
}

// Referrer is what a request to another site told about the page of the server that it came from.
type Referrer struct {
	To   string `json:"to"`   // the host that was told
	From string `json:"from"` // the Referer, secrets replaced
}

// Callback is what arrived at the client's redirect URI.
type Callback struct {
	URI      string              `json:"uri"` // without query and fragment
	Query    map[string][]string `json:"query,omitempty"`
	Fragment map[string][]string `json:"fragment,omitempty"`
	Codes    []Secret            `json:"codes,omitempty"` // every code parameter of the query, in order
}

// State returns the state of the query and whether there is exactly one.
func (c Callback) State() (string, bool) {
	states := c.Query["state"]
	if len(states) != 1 {
		return "", false
	}
	return states[0], true
}

// Error returns the error parameter of the query or of the fragment.
func (c Callback) Error() string {
	for _, from := range []map[string][]string{c.Query, c.Fragment} {
		if v := from["error"]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// Describe says in a few words how the trip ended.
func (a Authorization) Describe() string {
	switch a.Outcome {
	case GotCode:
		return "a code at the redirect URI"
	case GotToken:
		return "an access token at the redirect URI"
	case GotError:
		text := "the error " + a.Callback.Error() + " at the redirect URI"
		if d := a.Callback.Query["error_description"]; len(d) > 0 {
			text += " (" + d[0] + ")"
		}
		return text
	case GotNeither:
		return "the redirect URI with neither code nor error"
	case GotPage:
		return "a page of the server, " + a.lastPage()
	case GotForeign:
		return "a redirect to " + a.Foreign
	case AtConsent:
		return "the consent page"
	case GotFramed:
		return "a page in a frame of another site, " + a.lastPage()
	default:
		return a.Trouble
	}
}

func (a Authorization) lastPage() string {
	if len(a.Pages) == 0 {
		return "which did not load"
	}
	p := a.Pages[len(a.Pages)-1]
	text := "\"" + p.Title + "\""
	if p.Status != 0 {
		text += " with status " + itoa(p.Status)
	}
	if p.Text != "" {
		text += " that says \"" + p.Text + "\""
	}
	return text
}

// Chosen reports whether somebody chose a patient or an encounter on the way.
func (a Authorization) Chosen() bool {
	return slices.ContainsFunc(a.Pages, func(p Page) bool { return strings.HasPrefix(p.Kind, "picker") }) ||
		slices.ContainsFunc(a.Decisions, func(d string) bool { return strings.Contains(d, "chose the ") })
}
