package evidence

import "time"

// Exchange is one HTTP request and what came back, redacted.
type Exchange struct {
	ID       string    `json:"id"` // "scope#n", such as "token.code-replay#2"
	Started  time.Time `json:"started"`
	Millis   int64     `json:"millis"`
	Request  Request   `json:"request"`
	Response *Response `json:"response,omitempty"`
	Error    string    `json:"error,omitempty"`   // why there is no response
	Journey  string    `json:"journey,omitempty"` // the id of the journey that it was part of
}

// Request is what was sent.
type Request struct {
	Method string  `json:"method"`
	URL    string  `json:"url"`
	Header Headers `json:"header,omitempty"`
	Body   string  `json:"body,omitempty"`
}

// Response is what came back.
type Response struct {
	Status int     `json:"status"`
	Header Headers `json:"header,omitempty"`
	Body   string  `json:"body,omitempty"`
	// Truncated says that the body was longer than what is kept.
	Truncated bool `json:"truncated,omitempty"`
}
