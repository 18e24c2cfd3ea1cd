package ehr

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// parameters are decoded form parameters. A parameter without a value is as good as absent
// (RFC 6749 section 3.1), so get and repeated do not see it.
type parameters map[string][]string

// maxForm bounds the body of a form, in bytes.
const maxForm = 64 << 10

const formType = "application/x-www-form-urlencoded"

// parseForm decodes an urlencoded form. Unlike net/url it takes a semicolon for what it is, a character
// that a query may hold.
func parseForm(raw string) (parameters, error) {
	p := parameters{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		decodedName, err := url.QueryUnescape(name)
		if err != nil {
			return nil, fmt.Errorf("parameter name %q is not percent-encoded properly", name)
		}
		decodedValue, err := url.QueryUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("the value of parameter %q is not percent-encoded properly", decodedName)
		}
		p[decodedName] = append(p[decodedName], decodedValue)
	}
	return p, nil
}

var errNotForm = errors.New("the body is not " + formType)

// parseBody reads the form in the body of a request.
func parseBody(r *http.Request) (parameters, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != formType {
		return nil, errNotForm
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the form: %w", err)
	case len(raw) > maxForm:
		return nil, fmt.Errorf("the form is larger than %d bytes", maxForm)
	}
	return parseForm(string(raw))
}

// merge adds the parameters of a query.
func (p parameters) merge(query string) error {
	more, err := parseForm(query)
	for name, values := range more {
		p[name] = append(p[name], values...)
	}
	return err
}

// get returns the first value that is not empty, or "".
func (p parameters) get(name string) string {
	for _, v := range p[name] {
		if v != "" {
			return v
		}
	}
	return ""
}

// repeated returns the first of the names that occurs more than once with a value, or "".
func (p parameters) repeated(names ...string) string {
	for _, name := range names {
		seen := 0
		for _, v := range p[name] {
			if v != "" {
				seen++
			}
		}
		if seen > 1 {
			return name
		}
	}
	return ""
}
