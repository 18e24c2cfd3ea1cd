package checks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TLSCertificateName verifies that the certificate is for the host of the endpoint.
var TLSCertificateName = New(Meta{
	ID:           "tls.certificate-name",
	Title:        "Certificates name the host of the endpoint",
	Level:        Shall,
	Requirements: []string{"rfc9525-6-certificate-name"},
	Applies:      httpsEndpoints,
	Remedy:       "Have a certificate issued whose subject alternative names hold the host of every endpoint URL.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	return eachHost(t, "a subject alternative name that matches the host of the URL", func(h evidence.TLSHost) hostOpinion {
		switch {
		case len(h.Certificates) == 0:
			return hostUnclear("shows no certificate: %s", h.CertificateError)
		case h.NameError != "":
			return hostBreaks("presents a certificate for %s: %s", namesOf(h.Certificates[0]), h.NameError)
		default:
			return hostMeets("presents a certificate for %s", namesOf(h.Certificates[0]))
		}
	})
})

// TLSCertificateChain verifies that the certificate leads to a trusted root and is valid now.
var TLSCertificateChain = New(Meta{
	ID:           "tls.certificate-chain",
	Title:        "Certificates lead to a trusted root and are valid now",
	Level:        Shall,
	Requirements: []string{"rfc9525-6-certificate-name"},
	Applies:      httpsEndpoints,
	Remedy:       "Install a current certificate together with its intermediate certificates; if its authority is private, name the authority's certificate in the target file.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	expected := "a certificate chain that is valid now and leads to a trusted root"
	if t.Trust != "" {
		expected += " (" + t.Trust + ")"
	}
	return eachHost(t, expected, func(h evidence.TLSHost) hostOpinion {
		switch {
		case len(h.Certificates) == 0:
			return hostUnclear("shows no certificate: %s", h.CertificateError)
		case h.TrustError != "":
			return hostUnclear("cannot be verified: %s", h.TrustError)
		case h.ChainError != "":
			return hostBreaks("presents a certificate for %s%s: %s%s", namesOf(h.Certificates[0]), selfSigned(h), h.ChainError, missingIssuer(h))
		case expiresSoon(h):
			return hostLags("presents a certificate that expires on %s", h.Certificates[0].NotAfter.Format(time.DateOnly))
		default:
			return hostMeets("presents a certificate of %s, valid until %s", h.Certificates[0].Issuer,
				h.Certificates[0].NotAfter.Format(time.DateOnly))
		}
	})
})

func selfSigned(h evidence.TLSHost) string {
	if h.Certificates[0].SelfSigned {
		return ", signed by itself"
	}
	return ""
}

// missingIssuer says that the chain ends before its root, which is what a forgotten intermediate certificate
// looks like. It is "" where the error has another cause.
func missingIssuer(h evidence.TLSHost) string {
	last := h.Certificates[len(h.Certificates)-1]
	if last.SelfSigned || !strings.Contains(h.ChainError, "unknown authority") {
		return ""
	}
	return fmt.Sprintf(" (%d certificates were presented, and none of %q; is the intermediate certificate missing?)", len(h.Certificates), last.Issuer)
}

// expiresSoon reports whether less than a tenth of the certificate's life is left, and less than two
// weeks: automatic renewal has failed then.
func expiresSoon(h evidence.TLSHost) bool {
	c := h.Certificates[0]
	left, life := c.NotAfter.Sub(h.Verified), c.NotAfter.Sub(c.NotBefore)
	return left < life/10 && left < 14*24*time.Hour
}

// TLSCertificateStrength verifies the keys and signatures of the chain.
var TLSCertificateStrength = New(Meta{
	ID:           "tls.certificate-strength",
	Title:        "Certificates have strong keys and signatures",
	Level:        Shall,
	Requirements: []string{"rfc9325-4.5-certificate-strength"},
	Applies:      httpsEndpoints,
	Remedy:       "Have the certificate issued again with an RSA key of 2048 bits or a P-256 key, signed with SHA-256.",
}, evidence.TransportKind, func(t evidence.Transport) Verdict {
	expected := "RSA keys of 2048 bits or more, curves of 224 bits or more, and no signature with SHA-1 or MD5"
	return eachHost(t, expected, func(h evidence.TLSHost) hostOpinion {
		if len(h.Certificates) == 0 {
			return hostUnclear("shows no certificate: %s", h.CertificateError)
		}
		var weak []string
		for i, c := range h.Certificates {
			if i > 0 && c.SelfSigned {
				continue // a root is trusted for being known, not for its signature
			}
			if why := certificateWeakness(c); why != "" {
				weak = append(weak, fmt.Sprintf("%q %s", c.Subject, why))
			}
		}
		if len(weak) > 0 {
			return hostBreaks("presents %s", strings.Join(weak, "; "))
		}
		leaf := h.Certificates[0]
		return hostMeets("presents %s, %d bits, signed with %s", leaf.Key, leaf.KeyBits, leaf.Signature)
	})
})

// smallestKey holds the key sizes of RFC 9325 section 4.5.
var smallestKey = map[string]int{"RSA": 2048, "ECDSA": 224}

// certificateWeakness says what is weak about a certificate, or nothing.
func certificateWeakness(c evidence.Certificate) string {
	switch {
	case c.KeyBits > 0 && c.KeyBits < smallestKey[c.Key]:
		return fmt.Sprintf("with only %d bits in its %s key", c.KeyBits, c.Key)
	case slices.ContainsFunc([]string{"SHA1", "MD5", "MD2"}, func(hash string) bool { return strings.Contains(c.Signature, hash) }):
		return "signed with " + c.Signature
	default:
		return ""
	}
}

func namesOf(c evidence.Certificate) string {
	if len(c.Names) == 0 {
		return fmt.Sprintf("no name but the subject %q", c.Subject)
	}
	const shown = 5
	names := strings.Join(c.Names[:min(shown, len(c.Names))], ", ")
	if more := len(c.Names) - shown; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}
