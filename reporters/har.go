package reporters

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// harTime is the form of times in HAR: ISO 8601 with milliseconds.
const harTime = "2006-01-02T15:04:05.000Z07:00"

// harUnknown stands where HAR wants a number and none is known.
const harUnknown = -1

// WriteHAR writes the exchanges of the results as an HTTP archive, HAR 1.2, in the order in which they began.
// A journey of the browser is a page. Members whose names begin with an underscore are custom ones, which
// readers of HAR skip.
func WriteHAR(w io.Writer, r Results) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(harFile{harLogOf(r)}); err != nil {
		return fmt.Errorf("write HAR: %w", err)
	}
	return nil
}

type harFile struct {
	Log harLog `json:"log"`
}

type harLog struct {
	Version string     `json:"version"`
	Creator harCreator `json:"creator"`
	Pages   []harPage  `json:"pages"`
	Entries []harEntry `json:"entries"`
	Comment string     `json:"comment"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harPage struct {
	Started string         `json:"startedDateTime"`
	ID      string         `json:"id"`
	Title   string         `json:"title"`
	Timings harPageTimings `json:"pageTimings"`
}

type harPageTimings struct {
	OnContentLoad int `json:"onContentLoad"`
	OnLoad        int `json:"onLoad"`
}

type harEntry struct {
	Page     string      `json:"pageref,omitempty"`
	Started  string      `json:"startedDateTime"`
	Time     int64       `json:"time"` // milliseconds
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	ID       string      `json:"_id"`
}

// harTimings tell only of the wait, since an exchange is timed as a whole.
type harTimings struct {
	Send    int64 `json:"send"`
	Wait    int64 `json:"wait"`
	Receive int64 `json:"receive"`
}

type harRequest struct {
	Method      string       `json:"method"`
	URL         string       `json:"url"`
	Version     string       `json:"httpVersion"`
	Cookies     []harCookie  `json:"cookies"`
	Headers     []harPair    `json:"headers"`
	Query       []harPair    `json:"queryString"`
	PostData    *harPostData `json:"postData,omitempty"`
	HeadersSize int          `json:"headersSize"`
	BodySize    int          `json:"bodySize"`
}

type harResponse struct {
	Status      int         `json:"status"` // 0 when none came
	StatusText  string      `json:"statusText"`
	Version     string      `json:"httpVersion"`
	Cookies     []harCookie `json:"cookies"`
	Headers     []harPair   `json:"headers"`
	Content     harContent  `json:"content"`
	RedirectURL string      `json:"redirectURL"`
	HeadersSize int         `json:"headersSize"`
	BodySize    int         `json:"bodySize"`
	Error       string      `json:"_error,omitempty"` // as Chrome writes why there is no answer
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harCookie struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Path     string `json:"path,omitempty"`
	Domain   string `json:"domain,omitempty"`
	Expires  string `json:"expires,omitempty"`
	HTTPOnly bool   `json:"httpOnly"`
	Secure   bool   `json:"secure"`
}

type harPostData struct {
	MimeType string    `json:"mimeType"`
	Params   []harPair `json:"params"`
	Text     string    `json:"text"`
}

type harContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

func harLogOf(r Results) harLog {
	log := harLog{
		Version: "1.2", Creator: harCreator{r.Tool.Name, r.Tool.Version},
		Pages: []harPage{}, Entries: []harEntry{},
		Comment: "The exchanges that prove the findings on " + visible(r.Target.FHIR) + ", without secrets.",
	}
	exchanges := slices.Clone(r.Exchanges)
	slices.SortStableFunc(exchanges, func(a, b evidence.Exchange) int { return a.Started.Compare(b.Started) })
	for _, e := range exchanges {
		if e.Journey != "" && !slices.ContainsFunc(log.Pages, func(p harPage) bool { return p.ID == e.Journey }) {
			log.Pages = append(log.Pages, r.harPage(e))
		}
		log.Entries = append(log.Entries, harEntryOf(e))
	}
	return log
}

// harPage is the journey that begins with an exchange. Its title ends with the last page that was shown,
// when the results tell the journey.
func (r Results) harPage(first evidence.Exchange) harPage {
	title := first.Journey
	at := slices.IndexFunc(r.Journeys, func(j evidence.Journey) bool { return j.ID == first.Journey })
	if at >= 0 && len(r.Journeys[at].Pages) > 0 {
		pages := r.Journeys[at].Pages
		if last := pages[len(pages)-1].Title; last != "" {
			title += ": " + cut(last, maxTitle)
		}
	}
	return harPage{
		Started: first.Started.UTC().Format(harTime), ID: first.Journey, Title: visible(title),
		Timings: harPageTimings{harUnknown, harUnknown},
	}
}

func harEntryOf(e evidence.Exchange) harEntry {
	took := max(0, e.Millis)
	return harEntry{
		Page: e.Journey, Started: e.Started.UTC().Format(harTime), Time: took,
		Request: harRequestOf(e.Request), Response: harResponseOf(e),
		Timings: harTimings{Wait: took}, ID: e.ID,
	}
}

func harRequestOf(request evidence.Request) harRequest {
	out := harRequest{
		Method: request.Method, URL: request.URL, Cookies: harCookies(request.Header), Headers: harHeaders(request.Header),
		Query: []harPair{}, HeadersSize: harUnknown, BodySize: len(request.Body),
	}
	if _, query, found := strings.Cut(withoutFragment(request.URL), "?"); found {
		out.Query = harParameters(query)
	}
	if request.Body != "" {
		media := request.Header.Get("Content-Type")
		out.PostData = &harPostData{MimeType: media, Params: []harPair{}, Text: request.Body}
		if isForm(media) {
			out.PostData.Params = harParameters(request.Body)
		}
	}
	return out
}

func withoutFragment(address string) string {
	before, _, _ := strings.Cut(address, "#")
	return before
}

// isForm reports whether a media type is that of an HTML form.
func isForm(media string) bool {
	kind, _, _ := mime.ParseMediaType(media)
	return kind == "application/x-www-form-urlencoded"
}

// harParameters decodes the parameters of a query or a form in their order. What cannot be decoded stays
// as it is: it is what was sent.
func harParameters(encoded string) []harPair {
	pairs := []harPair{}
	for part := range strings.SplitSeq(encoded, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, harPair{decoded(name), decoded(value)})
	}
	return pairs
}

func decoded(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return s
}

func harResponseOf(e evidence.Exchange) harResponse {
	if e.Response == nil {
		return harResponse{
			Cookies: []harCookie{}, Headers: []harPair{}, Content: harContent{MimeType: "x-unknown"},
			HeadersSize: harUnknown, BodySize: harUnknown, Error: e.Error,
		}
	}
	response := *e.Response
	out := harResponse{
		Status: response.Status, StatusText: http.StatusText(response.Status),
		Cookies: harSetCookies(response.Header), Headers: harHeaders(response.Header),
		Content:     harContent{Size: len(response.Body), MimeType: response.Header.Get("Content-Type"), Text: response.Body},
		RedirectURL: response.Header.Get("Location"), HeadersSize: harUnknown, BodySize: harUnknown,
	}
	if response.Truncated {
		out.Content.Comment = "The body went on; only its beginning was kept."
	}
	return out
}

func harHeaders(header evidence.Headers) []harPair {
	pairs := []harPair{}
	for _, field := range sortedFields(header) {
		for _, value := range header[field] {
			pairs = append(pairs, harPair{field, value})
		}
	}
	return pairs
}

// harCookies reads the Cookie fields of a request.
func harCookies(header evidence.Headers) []harCookie {
	cookies := []harCookie{}
	for _, field := range sortedFields(header) {
		if !strings.EqualFold(field, "Cookie") {
			continue
		}
		for part := range strings.SplitSeq(strings.Join(header[field], ";"), ";") {
			if name, value, found := strings.Cut(strings.TrimSpace(part), "="); found {
				cookies = append(cookies, harCookie{Name: name, Value: value})
			}
		}
	}
	return cookies
}

// harSetCookies reads the Set-Cookie fields of a response. Their values were replaced before they were recorded,
// and net/http refuses the space in what took their place; so it reads the attributes alone.
func harSetCookies(header evidence.Headers) []harCookie {
	cookies := []harCookie{}
	for _, line := range header.Values("Set-Cookie") {
		first, attributes, _ := strings.Cut(line, ";")
		name, value, found := strings.Cut(first, "=")
		if !found {
			continue
		}
		cookie := harCookie{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		if read, err := http.ParseSetCookie("name=value;" + attributes); err == nil {
			cookie.Path, cookie.Domain, cookie.HTTPOnly, cookie.Secure = read.Path, read.Domain, read.HttpOnly, read.Secure
			if !read.Expires.IsZero() {
				cookie.Expires = read.Expires.UTC().Format(time.RFC3339)
			}
		}
		cookies = append(cookies, cookie)
	}
	return cookies
}
