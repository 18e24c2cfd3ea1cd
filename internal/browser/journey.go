package browser

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// DefaultTimeout bounds a journey that names no timeout.
const DefaultTimeout = 30 * time.Second

// DefaultPatience is how long a page may take to react to the driver in a journey that says nothing else.
const DefaultPatience = 5 * time.Second

// Journey is one front-channel trip.
type Journey struct {
	Start string // the URL to open, unless Form or Local is given
	Form  *Form  // a form that is submitted instead

	// Trap holds the client's own URIs, such as its redirect and launch URIs. A navigation to one ends
	// the trip and never reaches the network. A URI matches whatever query and fragment follow; an
	// asterisk in a pattern stands for any characters of the whole URL.
	Trap []string
	// Hosts are the hosts, with or without a port, that the trip may visit besides that of its start.
	Hosts []string
	// Frame is the URL of a page that shows the start in a frame. It is answered locally. Nothing is pressed on
	// such a trip, which ends as Framed when the browser shows what is in the frame.
	Frame string
	// Local is a page of the client that is opened instead. It is answered locally.
	Local *LocalPage
	// TrapAllForeign ends the trip before any navigation to another host.
	TrapAllForeign bool

	Driver Driver
	// Player, when set, plays recordings on the pages that they are for; the driver answers the others.
	Player *Player
	// Before, when set, is called once, before the driver first acts on a page. The trip waits for it.
	Before      func(context.Context)
	Timeout     time.Duration // zero means DefaultTimeout
	Patience    time.Duration // with a page that the driver has used; zero means DefaultPatience
	Screenshots bool          // of every page; else only of the last one of a trip that does not land
	Thumbnails  bool          // of every page that shows no password, at half its size
	// ExpectsError says that the request is a wrong one. An error page that answers it is not pictured.
	ExpectsError bool
	// HoldConsent ends the trip at the consent page, when everything is filled in and nothing is sent.
	HoldConsent bool
	// Passive leaves every page as it is. One that does not go on by itself ends the trip.
	Passive bool
	// Hand says which pages a person answers, in a window that the person sees.
	Hand Hand
}

// Hand says what is left to a person.
type Hand int

// What is left to a person. A page that waits for one does not end the trip before its timeout.
const (
	Nothing     Hand = iota
	Credentials      // pages that ask for credentials which the driver does not have
	Everything       // every page; the driver only watches
)

// LocalPage is a page that no server is asked for.
type LocalPage struct{ URL, HTML string }

// Form is a form that is sent from a page of the client, or of anybody else.
type Form struct {
	URL      string
	Method   string // empty means POST
	Encoding string // the media type of the body; empty means application/x-www-form-urlencoded
	Fields   url.Values
	// From is the URL of the page that holds the form. It is answered locally. Empty means a page on a
	// host of its own.
	From string
}

func (f *Form) page() string {
	switch {
	case f.From != "":
		return f.From
	case len(f.URL) >= 5 && f.URL[:5] == "http:":
		return "http://app.smartcheck.invalid/"
	default:
		return "https://app.smartcheck.invalid/"
	}
}

// local returns the URL of the page that is answered locally at the start of the trip, and the page; "" when
// there is none.
func (j Journey) local() (at, html string) {
	switch {
	case j.Form != nil:
		return j.Form.page(), formPage(j.Form)
	case j.Frame != "":
		return j.Frame, framePage(j.Start)
	case j.Local != nil:
		return j.Local.URL, j.Local.HTML
	}
	return "", ""
}

// Outcome is how a trip ended.
type Outcome string

// The outcomes of a trip. Stuck comes with a *StuckError and is never a verdict on the server.
const (
	Landed    Outcome = "landed"     // at one of the client's own URIs
	ErrorPage Outcome = "error page" // the server shows a page that leads no further
	Foreign   Outcome = "foreign"    // the server sent the person to a host that is not allowed
	Held      Outcome = "held"       // at the consent page, which was filled in and not sent
	Framed    Outcome = "framed"     // the browser shows a page of the server in a frame of another site
	Stuck     Outcome = "stuck"      // see the error
)

// Where says in which place of the browser something happened.
type Where string

// The places of a browser.
const (
	SameTab Where = "same tab"
	NewTab  Where = "new tab"
	Iframe  Where = "iframe"
)

// Trace is what was seen on a trip. Nothing in it is redacted, except for the password.
type Trace struct {
	Outcome     Outcome
	Explanation string       // of the outcome, for people
	Landed      *Landing     // of Landed and Foreign
	Consent     *ConsentForm // of Held, when the consent page sends a form
	Pages       []Page
	Hops        []Hop
	// ForeignRequests are what pages loaded from other hosts than those of the trip.
	ForeignRequests []ForeignRequest
	Console         []string // errors on the console
	Decisions       []string // what was done, and why
	Started         time.Time
	Took            time.Duration
}

// Landing is the navigation that ended a trip. It was answered locally.
type Landing struct {
	URL    string // with its query and fragment
	Method string
	Body   string // of a POST
	Where  Where
}

// ConsentForm is the form of a consent page as it would be sent: from that page. Its values are secrets of the
// server.
type ConsentForm struct {
	Form
	Hidden []string // the names of the fields that a person does not see
}

// Page is a document that was shown.
type Page struct {
	URL        string
	Status     int
	Header     http.Header
	Title      string
	Text       string // the beginning of what it says
	Kind       string // what it was taken for, such as "sign-in" or "consent"
	Where      Where
	Hosts      []string // from which it loaded something
	Console    []string // errors on the console while it was shown
	Failed     []FailedRequest
	Insecure   []InsecureReference
	Screenshot []byte // JPEG, when asked for, and of the page on which a trip ended without landing
}

// InsecureReference is an element of a page that came over https whose address is plain http.
type InsecureReference struct {
	Element string `json:"element"` // such as img or form
	URL     string `json:"url"`
}

// FailedRequest is a request of a page that was not answered, or was answered with an error.
type FailedRequest struct {
	URL    string
	Type   string // such as "Script" or "Fetch"
	Status int    // 0 when there was no answer
	Error  string // why there was no answer, such as net::ERR_CONNECTION_REFUSED
}

// Hop is one request for a document, and what came back.
type Hop struct {
	Method      string
	URL         string // with its fragment
	Where       Where
	Status      int // 0 when there was no answer or the hop was answered locally
	Location    string
	Header      http.Header
	Error       string // why there was no answer
	Local       bool   // answered by us and never sent
	Referrer    string // what the request told about the page that it came from
	Credentials bool   // the request carried the password in its body
	Started     time.Time
	Took        time.Duration
}

// ForeignRequest is a request of a page to another host.
type ForeignRequest struct {
	URL      string
	Type     string // such as "Image" or "Script"
	Referrer string // what it told the other host about the page
	Blocked  bool   // it went to one of the client's own URIs and was not sent
}
