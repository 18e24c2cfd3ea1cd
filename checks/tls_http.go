package checks

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TLSNoPlaintext verifies that no endpoint does its work over plain http.
var TLSNoPlaintext = New(Meta{
	ID:           "tls.no-plaintext",
	Title:        "No endpoint answers over plain http",
	Level:        Shall,
	Requirements: []string{"rfc6749-1.6-tls-endpoints", "231"},
	Remedy:       "Close the http port, or answer everything on it with a redirect to https before the request is read. Advertise https URLs only.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	expected := "https URLs, and over http no answer, an error or a redirect to https"
	if len(t.Insecure) > 0 {
		return Broken(expected, "endpoints that are advertised with http: "+strings.Join(t.Insecure, ", "))
	}
	return eachHost(t, expected, func(h evidence.TLSHost) hostOpinion {
		var answered, quiet, exchanges []string
		for _, p := range h.Plaintext {
			if p.Outcome == evidence.PlaintextAnswered {
				answered = append(answered, fmt.Sprintf("%s with %s", p.URL, p.Seen))
				exchanges = append(exchanges, p.Exchange)
				continue
			}
			quiet = append(quiet, fmt.Sprintf("%s %s", p.URL, p.Outcome))
		}
		switch {
		case len(answered) > 0:
			return hostBreaks("answers %s", few(answered)).with(exchanges)
		case len(quiet) == 0:
			return hostUnclear("was not asked over http")
		default:
			return hostMeets("over http: %s", few(quiet))
		}
	})
})

// TLSStrictTransport verifies that browsers are told to use https only.
var TLSStrictTransport = New(Meta{
	ID:           "tls.hsts",
	Title:        "Responses carry Strict-Transport-Security",
	Level:        Should,
	Requirements: []string{"rfc9325-3.2-hsts"},
	Applies:      httpsEndpoints,
	Remedy:       "Send Strict-Transport-Security: max-age=31536000 with every response over https, error responses included.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	expected := "Strict-Transport-Security with a positive max-age in responses over https"
	return eachHost(t, expected, func(h evidence.TLSHost) hostOpinion {
		var responses int
		var exchanges, faults []string
		for _, a := range h.Answers {
			if a.Error != "" {
				continue
			}
			responses++
			problem := strictTransportProblem(a.HSTS)
			if problem == "" {
				return hostMeets("sends Strict-Transport-Security: %s", a.HSTS[0]) // it holds for the whole host
			}
			faults = append(faults, problem)
			exchanges = append(exchanges, a.Exchange)
		}
		if responses == 0 {
			return hostUnclear("gave no response over https to look at")
		}
		return hostBreaks("sends %s", few(faults)).with(exchanges)
	})
})

// strictTransportProblem says why the values of the header make no HSTS host. A client reads the first
// header only (RFC 6797 section 8.1), and max-age=0 makes it forget the host (section 6.1.1).
func strictTransportProblem(values []string) string {
	if len(values) == 0 {
		return "no Strict-Transport-Security"
	}
	var ages []string
	for directive := range strings.SplitSeq(values[0], ";") {
		name, value, _ := strings.Cut(directive, "=")
		if strings.EqualFold(strings.TrimSpace(name), "max-age") {
			ages = append(ages, strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	if len(ages) != 1 {
		return fmt.Sprintf("Strict-Transport-Security %q, which has not one max-age", values[0])
	}
	seconds, err := strconv.ParseUint(ages[0], 10, 64)
	if err != nil || seconds == 0 {
		return fmt.Sprintf("Strict-Transport-Security %q, which keeps nothing", values[0])
	}
	return ""
}

// TLSNoDowngrade verifies that no endpoint sends its clients from https to http.
var TLSNoDowngrade = New(Meta{
	ID:           "tls.no-downgrade",
	Title:        "No endpoint redirects from https to http",
	Level:        Shall,
	Requirements: []string{"rfc6749-1.6-tls-endpoints", "231"},
	Applies:      httpsEndpoints,
	Remedy:       "Redirect to https addresses. Behind a proxy that ends TLS, configure the public address instead of deriving it from the request.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "redirects, if any, to https", func(h evidence.TLSHost) hostOpinion {
		var responses int
		var downgrades, exchanges []string
		for _, a := range h.Answers {
			if a.Error == "" {
				responses++
			}
			if plainHTTP(a.Location) {
				downgrades = append(downgrades, fmt.Sprintf("%s to %s", withoutQuery(a.URL), a.Location))
				exchanges = append(exchanges, a.Exchange)
			}
		}
		switch {
		case len(downgrades) > 0:
			return hostBreaks("redirects %s", few(downgrades)).with(exchanges)
		case responses == 0:
			return hostUnclear("gave no response over https to look at")
		default:
			return hostMeets("redirects nobody to http")
		}
	})
})
