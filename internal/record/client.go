package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// MaxBody is how many bytes of a response are read before it is cut off.
const MaxBody = 5 << 20

// Scope records the exchanges of one probe or grant. Its name is the first part of their ids and
// stands in the User-Agent, so that an operator can find the probe in the server's log.
type Scope struct {
	recorder *Recorder
	client   *http.Client
	name     string
	agent    string
	limit    int // bytes of a body
}

// Scope returns a scope that sends through client. client must not follow redirects.
func (r *Recorder) Scope(name string, client *http.Client) *Scope {
	return &Scope{recorder: r, client: client, name: name, agent: "smartcheck (" + name + ")", limit: MaxBody}
}

// Reading returns the scope with another bound for bodies, in bytes.
func (s *Scope) Reading(limit int) *Scope {
	other := *s
	other.limit = limit
	return &other
}

// Name returns the name of the scope.
func (s *Scope) Name() string { return s.name }

// Recorder returns the recorder that keeps the exchanges of the scope.
func (s *Scope) Recorder() *Recorder { return s.recorder }

// Response is an answer as the probe needs it: in clear, and bounded.
type Response struct {
	ID        string // of the recorded exchange
	Status    int
	Header    http.Header
	Body      []byte
	Truncated bool // the body is longer than what the scope reads
	Elapsed   time.Duration
}

// Do sends the request and records the exchange. An error means that no usable answer came; the
// exchange is recorded then too, and the returned Response holds its id.
func (s *Scope) Do(ctx context.Context, req *http.Request) (Response, error) {
	req = req.WithContext(ctx)
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", s.agent)
	}
	sent, err := requestBody(req)
	if err != nil {
		return Response{}, err
	}
	started := time.Now()
	response, err := s.roundTrip(req)
	response.Elapsed = time.Since(started)
	response.ID = s.recorder.keep(s.name, s.exchange(req, sent, started, response, err))
	if err != nil {
		return response, fmt.Errorf("%s %s: %w", req.Method, s.recorder.Redact(req.URL.String()), cause(err))
	}
	return response, nil
}

func (s *Scope) roundTrip(req *http.Request) (Response, error) {
	answer, err := s.client.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close()
	response := Response{Status: answer.StatusCode, Header: answer.Header}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(s.limit)+1))
	if len(body) > s.limit {
		body, response.Truncated = body[:s.limit], true
	}
	response.Body = body
	if err != nil {
		return response, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	return response, nil
}

// requestBody reads the body of the request and puts it back.
func requestBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("cannot read the body of the request to %s: %w", req.URL.Host, err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

func (s *Scope) exchange(req *http.Request, sent []byte, started time.Time, r Response, err error) evidence.Exchange {
	redact := s.recorder.redactor
	e := evidence.Exchange{
		Started: started, Millis: r.Elapsed.Milliseconds(),
		Request: evidence.Request{
			Method: req.Method, URL: evidence.Text(redact.members(req.URL.String())), Header: redact.headers(req.Header),
			Body: kept(redact.members(string(sent))),
		},
	}
	if err != nil {
		e.Error = evidence.Text(redact.members(cause(err).Error()))
	}
	if r.Status != 0 {
		body := redact.members(string(r.Body[:min(len(r.Body), MaxBody)])) // far more than is kept
		e.Response = &evidence.Response{
			Status: r.Status, Header: redact.headers(r.Header),
			Body: kept(body), Truncated: r.Truncated || len(body) > keptBody,
		}
	}
	return e
}

// kept is what stays of a body.
func kept(body string) string { return evidence.Text(body[:min(len(body), keptBody)]) }

// cause strips the method and URL that net/http puts in front of an error; the caller says them.
func cause(err error) error {
	var sent *url.Error
	if errors.As(err, &sent) {
		return sent.Err
	}
	return err
}

func exchangeID(scope string, n int) string { return fmt.Sprintf("%s#%d", scope, n) }
