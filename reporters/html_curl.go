package reporters

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// maxCurl bounds a command, in bytes; a terminal takes little more of what is pasted.
const maxCurl = 16 << 10

// curl is a command that sends a request again, for a POSIX shell that knows $'…' (POSIX.1-2024, bash,
// zsh). Secrets stand in it as they stand in the record, so they have to be filled in. It is "" for a
// request that no command line can carry: one of another scheme, with a zero byte, or too long. Certificates
// are verified as they were in the run.
func curl(r evidence.Request, trust TLSTrust) string {
	if len(r.URL)+len(r.Body) > maxCurl || webAddress(r.URL) == "" || strings.ContainsRune(r.Body, 0) || !httpguts.ValidHeaderFieldName(r.Method) {
		return ""
	}
	// Placeholders hold brackets, which curl would take for a range without --globoff.
	command := "curl --globoff --include "
	if trust == Unverified {
		command += "--insecure "
	}
	arguments := []string{command + curlMethod(r.Method) + " --url " + shellQuote(r.URL)}
	for _, field := range sendableFields(r.Header) {
		arguments = append(arguments, "--header "+shellQuote(field))
	}
	if r.Body != "" {
		arguments = append(arguments, "--data-raw "+shellQuote(r.Body))
	}
	command = strings.Join(arguments, " \\\n  ")
	if len(command) > maxCurl {
		return ""
	}
	return command
}

func curlMethod(method string) string {
	if method == "HEAD" {
		return "--head" // with --request HEAD curl waits for a body
	}
	return "--request " + shellQuote(method)
}

// sendableFields are the header fields as curl takes them. One that is no header field is left out: curl
// would read "@name" as a file, and a line end would begin another field.
func sendableFields(header evidence.Headers) []string {
	var out []string
	for _, field := range headerLines(header) {
		name, value, _ := strings.Cut(field, ": ")
		switch {
		case !httpguts.ValidHeaderFieldName(name), !httpguts.ValidHeaderFieldValue(value), strings.EqualFold(name, "Content-Length"):
		case strings.TrimSpace(value) == "":
			out = append(out, name+";") // curl drops a field that is written with a colon and nothing after it
		default:
			out = append(out, field)
		}
	}
	return out
}

// shellQuote writes a text as one word of a shell. A control character or an invisible one is written
// as octal digits, since a terminal may act on it when it is pasted, whatever the quotes say.
func shellQuote(s string) string {
	if !strings.ContainsFunc(s, misleading) && utf8.ValidString(s) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var out strings.Builder
	out.WriteString("$'")
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if misleading(r) || r == utf8.RuneError && size == 1 || strings.ContainsRune(`\'!`, r) {
			for _, b := range []byte(s[i : i+size]) {
				fmt.Fprintf(&out, `\%03o`, b)
			}
		} else {
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	out.WriteByte('\'')
	return out.String()
}
