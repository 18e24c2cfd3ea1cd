package checks

import (
	"fmt"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TLSSecureRenegotiation verifies that renegotiation, where there is any, is tied to its connection.
var TLSSecureRenegotiation = New(Meta{
	ID:           "tls.secure-renegotiation",
	Title:        "TLS 1.2 is negotiated with renegotiation_info",
	Level:        Shall,
	Requirements: []string{"rfc9325-3.5-secure-renegotiation"},
	Applies:      httpsEndpoints,
	Remedy:       "Update the TLS library where TLS ends: RFC 5746 is from 2010, and clients that follow RFC 9325 refuse servers without it.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "renegotiation_info in the ServerHello of TLS 1.2", func(h evidence.TLSHost) hostOpinion {
		switch offer := h.Version(evidence.TLS12); {
		case offer.Outcome == evidence.OfferAccepted && offer.Renegotiation:
			return hostMeets("answers with renegotiation_info")
		case offer.Outcome == evidence.OfferAccepted:
			return hostBreaks("negotiates TLS 1.2 without renegotiation_info")
		case offer.Outcome == evidence.OfferRefused, offer.Outcome == evidence.OfferClosed && h.Speaks():
			return hostMeets("does not negotiate TLS 1.2")
		default:
			return hostUnclear("gives no clear answer to TLS 1.2 (%s)", offer.Seen)
		}
	})
})

// TLSCompression verifies that nothing is compressed below HTTP.
var TLSCompression = New(Meta{
	ID:           "tls.compression",
	Title:        "No endpoint negotiates TLS-level compression",
	Level:        ShouldNot,
	Requirements: []string{"rfc9325-3.3-compression"},
	Applies:      httpsEndpoints,
	Remedy:       "Switch TLS compression off: the length of what was compressed tells secrets that stand beside text of an attacker.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "an offer of DEFLATE compression to be turned down", func(h evidence.TLSHost) hostOpinion {
		return hostRefuses(h, h.Compression)
	})
})

// TLSCertificateOrder verifies that each certificate of a chain is followed by that of its issuer.
var TLSCertificateOrder = New(Meta{
	ID:           "tls.certificate-order",
	Title:        "Each certificate of a chain is followed by that of its issuer",
	Level:        Should,
	Requirements: []string{"rfc8446-4.4.2-chain-order"},
	Applies:      httpsEndpoints,
	Remedy:       "Configure the certificate of the server first, then the intermediate certificates from the bottom up, and nothing else.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "the server's certificate, and behind each the one that certifies it", func(h evidence.TLSHost) hostOpinion {
		if len(h.Certificates) == 0 {
			return hostUnclear("shows no certificate: %s", h.CertificateError)
		}
		for i, c := range h.Certificates[1:] {
			if before := h.Certificates[i]; before.Issuer != c.Subject {
				return hostBreaks("presents %q, issued by %q, and behind it %q", before.Subject, before.Issuer, c.Subject)
			}
		}
		return hostMeets("presents a chain of %d", len(h.Certificates))
	})
})

// How long a certificate may be valid: what authorities that browsers trust may issue since September 2020,
// and what Apple's systems accept of any authority.
const (
	publicLifetime = 398 * 24 * time.Hour
	anyLifetime    = 825 * 24 * time.Hour
)

// TLSCertificateLifetime records for how long certificates are valid.
var TLSCertificateLifetime = New(Meta{
	ID:           "tls.certificate-lifetime",
	Title:        "Certificates are valid for at most 398 days",
	Level:        May,
	Requirements: []string{"cabf-br-6.3.2-validity"},
	Applies:      httpsEndpoints,
	Remedy:       "Have certificates issued for a year or less, and renewed automatically.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	var long []string
	verdict := eachHost(t, "a certificate that every client accepts, for 825 days at most", func(h evidence.TLSHost) hostOpinion {
		if len(h.Certificates) == 0 {
			return hostUnclear("shows no certificate: %s", h.CertificateError)
		}
		leaf := h.Certificates[0]
		life := leaf.NotAfter.Sub(leaf.NotBefore)
		text := fmt.Sprintf("presents a certificate that is valid for %d days", int(life.Hours()/24))
		if life > anyLifetime {
			return hostLags("%s", text)
		}
		if life > publicLifetime+time.Second { // both ends count
			long = append(long, h.Address+" "+text)
		}
		return hostMeets("%s", text)
	})
	if verdict.outcome == holds && len(long) > 0 {
		return Note(strings.Join(long, "; ") + ", which no authority issues that browsers trust")
	}
	return verdict
})

// TLSMustStaple verifies that a server keeps what its certificate promises.
var TLSMustStaple = New(Meta{
	ID:           "tls.must-staple",
	Title:        "A certificate that demands a stapled OCSP response comes with one",
	Level:        May,
	Requirements: []string{"rfc7633-4.2.3-must-staple"},
	Applies:      httpsEndpoints,
	Remedy:       "Switch OCSP stapling on where TLS ends, or have the certificate issued without the TLS feature extension.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "an OCSP response in the handshake", func(h evidence.TLSHost) hostOpinion {
		switch {
		case len(h.Certificates) == 0:
			return hostUnclear("shows no certificate: %s", h.CertificateError)
		case !h.Certificates[0].MustStaple:
			return hostMeets("presents a certificate that demands none")
		case !h.Stapled:
			return hostLags("presents a certificate that demands an OCSP response, and staples none")
		default:
			return hostMeets("staples the OCSP response that its certificate demands")
		}
	})
})
