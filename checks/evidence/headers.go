package evidence

import "strings"

// Headers are HTTP header fields, each with its values in order.
type Headers map[string][]string

// Values returns the values of every field of that name, ignoring case.
func (h Headers) Values(name string) []string {
	var out []string
	for field, values := range h {
		if strings.EqualFold(field, name) {
			out = append(out, values...)
		}
	}
	return out
}

// Get returns the first value of the field, or "".
func (h Headers) Get(name string) string {
	if v := h.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Has reports whether the comma-separated values of the field hold the token, ignoring case and the
// argument of a directive such as max-age=5.
func (h Headers) Has(name, token string) bool {
	for _, v := range h.Values(name) {
		for part := range strings.SplitSeq(v, ",") {
			directive, _, _ := strings.Cut(strings.TrimSpace(part), "=")
			if strings.EqualFold(directive, token) {
				return true
			}
		}
	}
	return false
}

// MediaType returns the media type of Content-Type, in lower case and without parameters.
func (h Headers) MediaType() string {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}
