package session

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"time"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Fetch is one request of a web app's page, sent by its script.
type Fetch struct {
	Name    string            `json:"name"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"` // a form
	// Grants says that the answer is a token response. Its token goes with the requests after it that ask for
	// one, and never leaves the page otherwise.
	Grants bool `json:"grants,omitempty"`
	Token  bool `json:"token,omitempty"`
}

// Fetched is what the browser let the page see of the answer.
type Fetched struct {
	Name      string `json:"name"`
	Readable  bool   `json:"readable"`
	Reachable bool   `json:"reachable"` // of what is not readable: the address answers all the same
	Status    int    `json:"status"`
	Granted   bool   `json:"granted"` // the answer holds an access token
	Error     string `json:"error"`
}

//go:embed webapp.html
var webAppPage string

var webApp = template.Must(template.New("webapp").Parse(webAppPage))

// RunWebApp shows a page at the redirect URI of a client, in a browser of its own, whose script sends the
// requests one after the other. The page is answered in the browser; what it could read comes back in the
// fragment of the address to which it goes at last. complaints are what the browser wrote to its console.
func (s *Session) RunWebApp(ctx context.Context, role target.UserRole, redirect string, requests []Fetch) (seen []Fetched, complaints []string, err error) {
	end, err := url.Parse(redirect)
	if err != nil {
		return nil, nil, fmt.Errorf("the redirect URI %s is no address: %w", redirect, err)
	}
	end.RawQuery = "smartcheck=done"
	for _, r := range requests {
		if err := s.mayVisit(ctx, r.URL); err != nil {
			return nil, nil, Unavailable{fmt.Sprintf("%.200q is not asked from a page: %v", r.URL, err)}
		}
	}
	var html bytes.Buffer
	page := struct {
		Requests []Fetch
		End      string
		Patience int64 // milliseconds
	}{requests, end.String(), s.Config.Timeouts.Request.Milliseconds()}
	if err := webApp.Execute(&html, page); err != nil {
		return nil, nil, fmt.Errorf("write the page of the web app: %w", err)
	}
	person, err := s.meet(ctx, role, true)
	if err != nil {
		return nil, nil, err
	}
	defer s.part(role, person, person.lone)
	journey := browser.Journey{
		Local: &browser.LocalPage{URL: redirect, HTML: html.String()}, Trap: []string{redirect},
		Timeout: s.Config.Timeouts.Journey + time.Duration(len(requests))*s.Config.Timeouts.Request,
	}
	trace, err := s.journey(ctx, role, person, journey)
	for _, text := range trace.Console {
		complaints = append(complaints, s.Recorder.Redact(text))
	}
	if err != nil {
		return nil, complaints, fmt.Errorf("the page of the web app did not come to its end: %w", err)
	}
	if trace.Landed == nil {
		return nil, complaints, fmt.Errorf("the page of the web app did not come to its end: %s", trace.Explanation)
	}
	landed, err := url.Parse(trace.Landed.URL)
	if err == nil {
		err = json.Unmarshal([]byte(landed.Fragment), &seen)
	}
	if err != nil {
		return nil, complaints, fmt.Errorf("read what the page of the web app saw: %w", err)
	}
	return seen, complaints, nil
}
