package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds a resource or a bundle that a client sends.
const maxBody = 1 << 20

// request is one interaction: an HTTP request, or an entry of a batch.
type request struct {
	method  string
	path    []string   // the segments after the base
	query   url.Values // search parameters, of the URL and of the form
	body    resource   // nil when there was none
	ifMatch string
	prefer  []string
	newID   string // the id that a transaction chose for what this creates; empty otherwise
}

// preference returns the value of a preference such as "handling" or "return" (RFC 7240); empty
// without it.
func (r request) preference(name string) string {
	for part := range strings.FieldsFuncSeq(strings.Join(r.prefer, ","), func(c rune) bool { return c == ',' || c == ';' }) {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(key, name) {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

func (r request) isSearchByPost() bool {
	return r.method == http.MethodPost && len(r.path) == 2 && r.path[1] == "_search"
}

// readBody reads the form of a search by POST, or else the resource of a POST or PUT.
func (req *request) readBody(w http.ResponseWriter, r *http.Request) *problem {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	if req.isSearchByPost() {
		return req.readForm(w, r, mediaType)
	}
	if !isJSON[mediaType] {
		return problemf(http.StatusUnsupportedMediaType, "not-supported", "Send resources as application/fhir+json.")
	}
	raw, p := readAll(w, r, maxBody)
	if p != nil {
		return p
	}
	body, err := decode(raw)
	if err != nil {
		return problemf(http.StatusBadRequest, "structure", "The body is not a FHIR resource in JSON: %v.", err)
	}
	req.body = body
	return nil
}

func (req *request) readForm(w http.ResponseWriter, r *http.Request, mediaType string) *problem {
	if mediaType != "application/x-www-form-urlencoded" && (mediaType != "" || r.ContentLength != 0) {
		return problemf(http.StatusUnsupportedMediaType, "not-supported", "Send search parameters as application/x-www-form-urlencoded.")
	}
	raw, p := readAll(w, r, maxQuery)
	if p != nil {
		return p
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return problemf(http.StatusBadRequest, "invalid", "The form is not form-urlencoded.")
	}
	if form.Has(tokenParameter) {
		return invalidRequest("Send the access token in the Authorization header and nowhere else.")
	}
	for name, values := range form {
		req.query[name] = append(req.query[name], values...)
	}
	return nil
}

func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, *problem) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, problemf(http.StatusRequestEntityTooLarge, "too-long", "The body is longer than %d bytes.", limit)
	}
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "structure", "The body ended early.")
	}
	return raw, nil
}

// decode reads one JSON object that names its resourceType.
func decode(raw []byte) (resource, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var r resource
	if err := decoder.Decode(&r); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	if !typePattern.MatchString(typeOf(r)) {
		return nil, fmt.Errorf("resourceType is %.40q", typeOf(r))
	}
	return r, nil
}
