package faults

// Defects of transport security. Each lives on a port of its own, where the tenant's authorization
// server is; discovery and the FHIR base stay on the main port.
var (
	TLS10Accepted            = Fault{"tls10-accepted", "still negotiates TLS 1.0", []string{"tls.old-versions-refused"}}
	TLS11Accepted            = Fault{"tls11-accepted", "still negotiates TLS 1.1", []string{"tls.old-versions-refused"}}
	TLS12Refused             = Fault{"tls12-refused", "negotiates nothing newer than TLS 1.1", []string{"tls.min-version", "tls.old-versions-refused", "tls.tls13"}}
	TLS13Missing             = Fault{"tls13-missing", "negotiates nothing newer than TLS 1.2", []string{"tls.tls13"}}
	SSLv3Accepted            = Fault{"sslv3-accepted", "still negotiates SSL 3.0", []string{"tls.sslv3-refused"}}
	NullCipherAccepted       = Fault{"null-cipher-accepted", "negotiates suites that do not encrypt", []string{"tls.weak-ciphers-refused"}}
	AnonymousAccepted        = Fault{"anonymous-cipher-accepted", "negotiates suites that do not authenticate the server", []string{"tls.weak-ciphers-refused"}}
	ExportCipherAccepted     = Fault{"export-cipher-accepted", "negotiates export-grade suites", []string{"tls.weak-ciphers-refused"}}
	RC4Accepted              = Fault{"rc4-accepted", "negotiates RC4", []string{"tls.weak-ciphers-refused"}}
	DESAccepted              = Fault{"des-accepted", "negotiates single DES", []string{"tls.weak-ciphers-refused"}}
	TripleDESAccepted        = Fault{"triple-des-accepted", "negotiates 3DES", []string{"tls.weak-ciphers-refused"}}
	CertificateOtherName     = Fault{"certificate-other-name", "presents the certificate of another host", []string{"tls.certificate-name"}}
	CertificateExpired       = Fault{"certificate-expired", "presents a certificate that expired yesterday", []string{"tls.certificate-chain"}}
	CertificateUntrusted     = Fault{"certificate-untrusted", "presents a certificate of an authority that nobody knows", []string{"tls.certificate-chain"}}
	CertificateSHA1          = Fault{"certificate-sha1", "presents a certificate that is signed with SHA-1", []string{"tls.certificate-strength"}}
	CertificateExpiring      = Fault{"certificate-expiring", "presents a certificate that expires in five days", []string{"tls.certificate-chain"}}
	CertificateForYears      = Fault{"certificate-for-years", "presents a certificate that is valid for four years", []string{"tls.certificate-lifetime"}}
	CertificateMustStaple    = Fault{"certificate-must-staple", "presents a certificate that demands a stapled OCSP response, and staples none", []string{"tls.must-staple"}}
	IntermediateMissing      = Fault{"certificate-intermediate-missing", "leaves the intermediate certificate out of its chain", []string{"tls.certificate-chain"}}
	ChainDisordered          = Fault{"certificate-chain-disordered", "presents the certificate of an old authority in the middle of its chain", []string{"tls.certificate-order"}}
	CompressionAccepted      = Fault{"tls-compression-accepted", "negotiates TLS-level compression", []string{"tls.compression"}}
	RenegotiationInsecure    = Fault{"tls-renegotiation-insecure", "negotiates TLS 1.2 without renegotiation_info", []string{"tls.secure-renegotiation"}}
	CertificateRSA1024       = Fault{"certificate-rsa-1024", "presents a certificate with a 1024-bit RSA key", []string{"tls.certificate-strength"}}
	PlaintextAnswered        = Fault{"plaintext-answered", "answers plain http on the port of https", []string{"tls.no-plaintext"}}
	PlaintextAdvertised      = Fault{"plaintext-advertised", "advertises its endpoints with http URLs", []string{"tls.no-plaintext"}}
	StrictTransportMissing   = Fault{"hsts-missing", "sends no Strict-Transport-Security", []string{"tls.hsts"}}
	StrictTransportRetracted = Fault{"hsts-max-age-zero", "sends Strict-Transport-Security with max-age=0", []string{"tls.hsts"}}
)

var tls = []Fault{
	TLS10Accepted, TLS11Accepted, TLS12Refused, TLS13Missing, SSLv3Accepted, NullCipherAccepted,
	AnonymousAccepted, ExportCipherAccepted, RC4Accepted, DESAccepted, TripleDESAccepted,
	CertificateOtherName, CertificateExpired, CertificateUntrusted, CertificateSHA1, CertificateRSA1024,
	CertificateExpiring, CertificateForYears, CertificateMustStaple, IntermediateMissing, ChainDisordered,
	CompressionAccepted, RenegotiationInsecure, PlaintextAnswered, PlaintextAdvertised, StrictTransportMissing, StrictTransportRetracted,
}
