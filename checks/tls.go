package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TLS are the checks of the transport layer.
var TLS = []Check{
	TLSMinVersion, TLSOldVersionsRefused, TLSSSLv3Refused, TLSWeakCiphersRefused, TLS13Offered,
	TLSSecureRenegotiation, TLSCompression, TLSCertificateName, TLSCertificateChain, TLSCertificateOrder,
	TLSCertificateStrength, TLSCertificateLifetime, TLSMustStaple, TLSNoPlaintext, TLSNoDowngrade,
	TLSStrictTransport,
}

// httpsEndpoints is when the checks of handshakes and certificates apply.
const httpsEndpoints = "at least one endpoint has an https URL"

// TLSMinVersion verifies that a client can use a version of TLS that is still allowed.
var TLSMinVersion = New(Meta{
	ID:           "tls.min-version",
	Title:        "Every endpoint negotiates TLS 1.2 or newer",
	Level:        Shall,
	Requirements: []string{"231"},
	Applies:      httpsEndpoints,
	Remedy:       "Switch on TLS 1.2 and TLS 1.3 where TLS ends: the web server, load balancer or gateway.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "TLS 1.2 or TLS 1.3 to be negotiated", func(h evidence.TLSHost) hostOpinion {
		newest, older := h.Version(evidence.TLS13), h.Version(evidence.TLS12)
		switch {
		case newest.Outcome == evidence.OfferAccepted && older.Outcome == evidence.OfferAccepted:
			return hostMeets("negotiates TLS 1.2 and TLS 1.3")
		case newest.Outcome == evidence.OfferAccepted, older.Outcome == evidence.OfferAccepted:
			return hostMeets("negotiates %s", newestVersion(h))
		case newest.Outcome == evidence.OfferUnknown, older.Outcome == evidence.OfferUnknown:
			return hostUnclear("gives no clear answer to TLS 1.2 (%s) and TLS 1.3 (%s)", older.Seen, newest.Seen)
		case h.Speaks():
			return hostBreaks("negotiates nothing newer than %s", newestVersion(h))
		case newest.Outcome == evidence.OfferRefused && older.Outcome == evidence.OfferRefused:
			return hostBreaks("refuses TLS 1.2 (%s) and TLS 1.3 (%s)", older.Seen, newest.Seen)
		default:
			return hostUnclear("hangs up on TLS 1.2 (%s) and TLS 1.3 (%s)", older.Seen, newest.Seen)
		}
	})
})

// TLSOldVersionsRefused verifies that TLS 1.0 and TLS 1.1 are switched off.
var TLSOldVersionsRefused = New(Meta{
	ID:           "tls.old-versions-refused",
	Title:        "No endpoint negotiates TLS 1.0 or TLS 1.1",
	Level:        Shall,
	Requirements: []string{"231", "rfc8996-4-no-old-tls"},
	Applies:      httpsEndpoints,
	Remedy:       "Set the oldest protocol version to TLS 1.2 where TLS ends.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "offers of TLS 1.0 and TLS 1.1 alone to be refused", func(h evidence.TLSHost) hostOpinion {
		return hostRefuses(h, h.Version(evidence.TLS10), h.Version(evidence.TLS11))
	})
})

// TLSSSLv3Refused verifies that SSL 3.0 is switched off.
var TLSSSLv3Refused = New(Meta{
	ID:           "tls.sslv3-refused",
	Title:        "No endpoint negotiates SSL 3.0",
	Level:        Shall,
	Requirements: []string{"231"},
	Applies:      httpsEndpoints,
	Remedy:       "Switch SSL 3.0 off (RFC 7568): a browser can be forced down to it and its encryption is broken.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "an offer of SSL 3.0 alone to be refused", func(h evidence.TLSHost) hostOpinion {
		return hostRefuses(h, h.Version(evidence.SSL30))
	})
})

// forbiddenSuites are those of RFC 9325 section 4.1 that MUST NOT be negotiated, and anonymous key
// exchange, which RFC 5246 appendix A.5 forbids.
var forbiddenSuites = []string{
	evidence.SuitesNull, evidence.SuitesAnonymous, evidence.SuitesExport, evidence.SuitesRC4, evidence.SuitesDES,
}

// TLSWeakCiphersRefused verifies that no suite can be negotiated that does not protect what it carries.
var TLSWeakCiphersRefused = New(Meta{
	ID:           "tls.weak-ciphers-refused",
	Title:        "No endpoint negotiates a weak cipher suite",
	Level:        ShallNot,
	Requirements: []string{"rfc9325-4.1-weak-ciphers"},
	Applies:      httpsEndpoints,
	Remedy:       "Allow the suites of RFC 9325 section 4.2 only: ECDHE with AES-GCM or ChaCha20-Poly1305.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	expected := "offers of NULL, anonymous, export, RC4, DES and 3DES suites alone to be refused"
	return eachHost(t, expected, func(h evidence.TLSHost) hostOpinion {
		offers := make([]evidence.TLSOffer, len(forbiddenSuites))
		for i, group := range forbiddenSuites {
			offers[i] = h.Suite(group)
		}
		verdict := hostRefuses(h, offers...)
		if verdict.outcome != holds {
			return verdict
		}
		triple := h.Suite(evidence.Suites3DES)
		if triple.Outcome == evidence.OfferAccepted {
			return hostLags("accepts 3DES (%s), which has 112 bits of security and SHOULD NOT be negotiated", triple.Seen)
		}
		if verdict = hostRefuses(h, triple); verdict.outcome != holds {
			return verdict
		}
		return hostMeets("refuses NULL, anonymous, export, RC4, DES and 3DES suites%s", discouragedSuites(h))
	})
})

// discouragedSuites tells of suites that RFC 9325 sections 4.1 and 4.2 advise against, and that many
// servers keep for old clients.
func discouragedSuites(h evidence.TLSHost) string {
	var kept []string
	for _, group := range []string{evidence.SuitesStaticRSA, evidence.SuitesCBC} {
		if h.Suite(group).Outcome == evidence.OfferAccepted {
			kept = append(kept, group)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return " (still accepts " + strings.Join(kept, " and ") + ", which RFC 9325 advises against)"
}

// TLS13Offered verifies that the newest version is there.
var TLS13Offered = New(Meta{
	ID:           "tls.tls13",
	Title:        "Every endpoint negotiates TLS 1.3",
	Level:        Should,
	Requirements: []string{"rfc9325-3.1.1-tls13"},
	Applies:      httpsEndpoints,
	Remedy:       "Switch TLS 1.3 on beside TLS 1.2.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "an offer of TLS 1.3 alone to be accepted", func(h evidence.TLSHost) hostOpinion {
		offer := h.Version(evidence.TLS13)
		switch {
		case offer.Outcome == evidence.OfferAccepted:
			return hostMeets("negotiates TLS 1.3 (%s)", offer.Suite)
		case offer.Outcome == evidence.OfferRefused, offer.Outcome == evidence.OfferClosed && h.Speaks():
			return hostBreaks("refuses TLS 1.3 (%s)", offer.Seen)
		default:
			return hostUnclear("gives no clear answer to TLS 1.3: %s", offer.Seen)
		}
	})
})

// newestVersion names the newest version that the host negotiated.
func newestVersion(h evidence.TLSHost) string {
	for _, o := range h.Versions {
		if o.Outcome == evidence.OfferAccepted {
			return o.Offered
		}
	}
	return "a weak suite"
}

// hostRefuses judges offers that must be refused. A closed connection is a refusal only from a host that
// was seen to answer better offers.
func hostRefuses(h evidence.TLSHost, offers ...evidence.TLSOffer) hostOpinion {
	var taken, refused, open []string
	for _, o := range offers {
		text := fmt.Sprintf("%s (%s)", o.Offered, o.Seen)
		switch {
		case o.Outcome == evidence.OfferAccepted:
			taken = append(taken, text)
		case o.Outcome == evidence.OfferRefused, o.Outcome == evidence.OfferClosed && h.Speaks():
			refused = append(refused, text)
		default:
			open = append(open, text)
		}
	}
	switch {
	case len(taken) > 0:
		return hostBreaks("accepts %s", strings.Join(taken, ", "))
	case len(open) > 0:
		return hostUnclear("gives no clear answer to %s", strings.Join(open, ", "))
	default:
		return hostMeets("refuses %s", strings.Join(refused, ", "))
	}
}
