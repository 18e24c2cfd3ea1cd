package evidence

import (
	"slices"
	"time"
)

// TransportKind is what the endpoints of a server do on the transport layer.
var TransportKind = NewKind[Transport]("tls.transport")

// Transport is what was seen on the transport layer of a server's endpoints.
type Transport struct {
	// Trust names the roots that certificates were verified against.
	Trust string `json:"trust,omitempty"`
	// Hosts holds every host and port that an https endpoint lives on, in order of first mention.
	Hosts []TLSHost `json:"hosts"`
	// Insecure lists the endpoints that are advertised with an http URL.
	Insecure []string `json:"insecure,omitempty"`
}

// TLSHost is one host and port, and what it does with honest and with weak handshakes.
type TLSHost struct {
	Address   string   `json:"address"` // host:port
	Endpoints []string `json:"endpoints"`
	// Error says why nothing could be told about the host: it cannot be reached. The rest is empty then.
	Error    string     `json:"error,omitempty"`
	Versions []TLSOffer `json:"versions,omitempty"` // one per protocol version, newest first
	Suites   []TLSOffer `json:"suites,omitempty"`   // one per group of suites
	// Compression is the offer of TLS 1.2 with compression.
	Compression TLSOffer `json:"compression,omitzero"`
	// Certificates is the chain as presented, the server's own first.
	Certificates []Certificate `json:"certificates,omitempty"`
	// Stapled says that an OCSP response came with the certificate.
	Stapled bool `json:"stapled,omitempty"`
	// CertificateError says why no certificate was seen.
	CertificateError string `json:"certificateError,omitempty"`
	// NameError and ChainError say why the certificate does not name the host, or does not lead to a
	// trusted root now. Empty means that it does.
	NameError  string `json:"nameError,omitempty"`
	ChainError string `json:"chainError,omitempty"`
	// TrustError says why the chain could not be verified at all: this machine has no roots.
	TrustError string    `json:"trustError,omitempty"`
	Verified   time.Time `json:"verified,omitzero"` // when the certificates were verified
	// Answers are the responses of the endpoints over https.
	Answers []SecureAnswer `json:"answers,omitempty"`
	// Plaintext is what came of the same requests over plain http.
	Plaintext []PlaintextAnswer `json:"plaintext,omitempty"`
}

// Speaks reports whether the host was seen to negotiate any TLS at all, so that a closed connection
// means a refusal and not an outage.
func (h TLSHost) Speaks() bool {
	for _, o := range slices.Concat(h.Versions, h.Suites) {
		if o.Outcome == OfferAccepted {
			return true
		}
	}
	return false
}

// Version returns the offer of that protocol version, such as "TLS 1.2".
func (h TLSHost) Version(name string) TLSOffer { return offerNamed(h.Versions, name) }

// Suite returns the offer of that group of suites, such as SuitesRC4.
func (h TLSHost) Suite(group string) TLSOffer { return offerNamed(h.Suites, group) }

func offerNamed(offers []TLSOffer, name string) TLSOffer {
	for _, o := range offers {
		if o.Offered == name {
			return o
		}
	}
	return TLSOffer{Offered: name, Outcome: OfferUnknown, Seen: "it was not offered"}
}

// The protocol versions that are offered, one at a time.
const (
	SSL30 = "SSL 3.0"
	TLS10 = "TLS 1.0"
	TLS11 = "TLS 1.1"
	TLS12 = "TLS 1.2"
	TLS13 = "TLS 1.3"
)

// CompressionOffer is TLS 1.2 with the compression of RFC 3749 beside none.
const CompressionOffer = "DEFLATE compression"

// The groups of suites that are offered alone, up to TLS 1.2.
const (
	SuitesNull      = "NULL encryption"
	SuitesAnonymous = "anonymous key exchange"
	SuitesExport    = "export-grade encryption"
	SuitesRC4       = "RC4"
	SuitesDES       = "single DES"
	Suites3DES      = "3DES"
	SuitesStaticRSA = "static RSA key exchange"
	SuitesCBC       = "CBC mode"
)

// TLSOffer is one ClientHello that proposed one thing, and what came of it.
type TLSOffer struct {
	Offered string       `json:"offered"`
	Outcome OfferOutcome `json:"outcome"`
	Version string       `json:"version,omitempty"` // of the ServerHello
	Suite   string       `json:"suite,omitempty"`   // of the ServerHello
	Seen    string       `json:"seen"`              // what the server did, in words
	// Renegotiation says that the ServerHello holds renegotiation_info.
	Renegotiation bool `json:"renegotiation,omitempty"`
}

// OfferOutcome is what a server did with an offer.
type OfferOutcome string

// The outcomes of an offer.
const (
	// OfferAccepted: the server chose what was offered and sent its part of the handshake.
	OfferAccepted OfferOutcome = "accepted"
	// OfferRefused: an alert, another version, or an answer that is not TLS.
	OfferRefused OfferOutcome = "refused"
	// OfferClosed: the connection was closed or reset without an alert.
	OfferClosed OfferOutcome = "closed"
	// OfferUnknown: no answer in time, no connection, or an answer that makes no sense.
	OfferUnknown OfferOutcome = "unknown"
)

// Certificate is one certificate of a chain.
type Certificate struct {
	Subject    string    `json:"subject"`
	Issuer     string    `json:"issuer"`
	Names      []string  `json:"names,omitempty"` // subject alternative names: DNS names and addresses
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Key        string    `json:"key"`       // "RSA", "ECDSA", "Ed25519", ...
	KeyBits    int       `json:"keyBits"`   // of the modulus or the curve; 0 when unknown
	Signature  string    `json:"signature"` // such as "SHA256-RSA"
	SelfSigned bool      `json:"selfSigned,omitempty"`
	// MustStaple says that clients may insist on an OCSP response with it (RFC 7633).
	MustStaple bool `json:"mustStaple,omitempty"`
}

// SecureAnswer is the response of an endpoint to a plain GET over https.
type SecureAnswer struct {
	URL      string   `json:"url"`
	Exchange string   `json:"exchange,omitempty"`
	Status   int      `json:"status,omitempty"`
	HSTS     []string `json:"hsts,omitempty"`     // the values of Strict-Transport-Security
	Location string   `json:"location,omitempty"` // where a redirect leads, resolved and without its query
	Error    string   `json:"error,omitempty"`    // why there is no response
}

// PlaintextAnswer is what came of a GET over plain http.
type PlaintextAnswer struct {
	URL      string           `json:"url"` // the http URL
	Exchange string           `json:"exchange,omitempty"`
	Outcome  PlaintextOutcome `json:"outcome"`
	Seen     string           `json:"seen"` // what the server did, in words
}

// PlaintextOutcome is what a server did with a request over plain http.
type PlaintextOutcome string

// The outcomes of a request over plain http.
const (
	// PlaintextSilent: nothing listens, or nothing that speaks HTTP answered.
	PlaintextSilent PlaintextOutcome = "silent"
	// PlaintextRefused: an error that is not the endpoint's own answer.
	PlaintextRefused PlaintextOutcome = "refused"
	// PlaintextRedirected: a redirect to an https URL.
	PlaintextRedirected PlaintextOutcome = "redirected"
	// PlaintextAnswered: a success, a redirect that stays on http, or the error that the endpoint also
	// gives over https.
	PlaintextAnswered PlaintextOutcome = "answered"
)
