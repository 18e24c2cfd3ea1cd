package reporters

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Bounds of an exchange in a report for people. The record itself holds the whole of it.
const (
	maxLine       = 2 << 10  // of a request line, a header field or an error
	maxBody       = 4 << 10  // of a body
	maxFields     = 50       // of the header fields of a message
	maxTranscript = 32 << 10 // of all exchanges of a finding
)

// proof returns the exchanges that prove a finding, in the order in which the finding names them.
func (r Results) proof(f checks.Finding) []evidence.Exchange {
	var out []evidence.Exchange
	for _, id := range f.Evidence {
		for _, e := range r.Exchanges {
			if e.ID == id {
				out = append(out, e)
			}
		}
	}
	return out
}

// transcript writes exchanges the way curl --verbose does: "> " before what was sent, "< " before
// what came back.
func transcript(exchanges []evidence.Exchange) string {
	var out strings.Builder
	for i, e := range exchanges {
		text := exchangeText(e)
		if out.Len()+len(text) > maxTranscript {
			fmt.Fprintf(&out, "%d more exchanges are in results.json\n", len(exchanges)-i)
			break
		}
		out.WriteString(text)
	}
	return out.String()
}

func exchangeText(e evidence.Exchange) string {
	var out strings.Builder
	fmt.Fprintf(&out, "* %s (%d ms)\n", line(e.ID), e.Millis)
	fmt.Fprintf(&out, "> %s %s\n", line(e.Request.Method), line(e.Request.URL))
	writeMessage(&out, "> ", e.Request.Header, e.Request.Body)
	switch response := e.Response; {
	case response == nil:
		fmt.Fprintf(&out, "! no response: %s\n", line(e.Error))
	default:
		fmt.Fprintf(&out, "< %d %s\n", response.Status, http.StatusText(response.Status))
		writeMessage(&out, "< ", response.Header, response.Body)
		if response.Truncated {
			out.WriteString("* the body went on; only its beginning was kept\n")
		}
	}
	out.WriteString("\n")
	return out.String()
}

func line(s string) string { return visible(cut(s, maxLine)) }

// writeMessage writes the header fields and the body of a message, each line after prefix.
func writeMessage(out *strings.Builder, prefix string, header evidence.Headers, body string) {
	fields := headerLines(header)
	for _, field := range fields[:min(len(fields), maxFields)] {
		fmt.Fprintf(out, "%s%s\n", prefix, line(field))
	}
	if more := len(fields) - maxFields; more > 0 {
		fmt.Fprintf(out, "%s… and %d more header fields\n", prefix, more)
	}
	if body == "" {
		return
	}
	out.WriteString(strings.TrimRight(prefix, " ") + "\n")
	for text := range strings.SplitSeq(visibleLines(cut(body, maxBody)), "\n") {
		fmt.Fprintf(out, "%s%s\n", prefix, text)
	}
}

// headerLines returns one line for each value of each header field, in the order of the field names.
func headerLines(header evidence.Headers) []string {
	var lines []string
	for _, field := range sortedFields(header) {
		for _, value := range header[field] {
			lines = append(lines, field+": "+value)
		}
	}
	return lines
}

// sortedFields returns the names of header fields in their order.
func sortedFields(header evidence.Headers) []string { return slices.Sorted(maps.Keys(header)) }
