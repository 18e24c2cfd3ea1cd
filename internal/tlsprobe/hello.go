package tlsprobe

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// versionSSL30 is the code point of SSL 3.0. crypto/tls has one too, marked as deprecated, and cannot
// offer it.
const versionSSL30 = 0x0300

// offer is what one ClientHello proposes.
type offer struct {
	name    string
	version uint16 // the newest version that is acceptable; with TLS 1.3, the only one
	oldest  uint16 // the oldest version that counts as accepting the offer
	suites  []suite
	// compressions are the methods that are proposed, the most wanted first.
	compressions []uint8
}

// The compression methods of RFC 5246 section 6.2.2 and RFC 3749.
const (
	compressionNull    = 0
	compressionDeflate = 1
)

var uncompressed = []uint8{compressionNull}

var versionNames = map[uint16]string{
	versionSSL30: evidence.SSL30, tls.VersionTLS10: evidence.TLS10, tls.VersionTLS11: evidence.TLS11,
	tls.VersionTLS12: evidence.TLS12, tls.VersionTLS13: evidence.TLS13,
}

func versionName(v uint16) string {
	if name, ok := versionNames[v]; ok {
		return name
	}
	return fmt.Sprintf("version 0x%04x", v)
}

// versionOffers propose one protocol version each, newest first.
func versionOffers() []offer {
	offers := []offer{{evidence.TLS13, tls.VersionTLS13, tls.VersionTLS13, tls13, uncompressed}}
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10, versionSSL30} {
		offers = append(offers, offer{versionName(v), v, v, everything(), uncompressed})
	}
	return offers
}

// suiteOffers propose one group of suites each, in whichever version up to TLS 1.2 the server likes.
func suiteOffers() []offer {
	offers := make([]offer, len(groups))
	for i, g := range groups {
		offers[i] = offer{g.name, tls.VersionTLS12, versionSSL30, g.suites, uncompressed}
	}
	return offers
}

// compressionOffer proposes compression beside none, which every server takes.
func compressionOffer() offer {
	return offer{evidence.CompressionOffer, tls.VersionTLS12, versionSSL30, everything(), []uint8{compressionDeflate, compressionNull}}
}

// The extensions that a hello carries, by their IANA code points.
const (
	extensionServerName           = 0
	extensionSupportedGroups      = 10
	extensionPointFormats         = 11
	extensionSignatureAlgorithms  = 13
	extensionALPN                 = 16
	extensionExtendedMasterSecret = 23
	extensionSupportedVersions    = 43
	extensionKeyShare             = 51
	extensionRenegotiationInfo    = 0xff01
)

const (
	recordAlert     = 21
	recordHandshake = 22

	messageClientHello     = 1
	messageServerHello     = 2
	messageCertificate     = 11
	messageServerHelloDone = 14

	emptyRenegotiationInfoSCSV = 0x00ff // RFC 5746 section 3.3
)

// clientHello returns the record that proposes o to the server of that name. An SSL 3.0 hello carries no
// extensions, because servers of its time do not expect any.
func clientHello(o offer, serverName string) ([]byte, error) {
	hello := min(o.version, tls.VersionTLS12)
	var b cryptobyte.Builder
	b.AddUint8(recordHandshake)
	b.AddUint16(min(hello, tls.VersionTLS10)) // RFC 5246 appendix E.1: what every server accepts
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(messageClientHello)
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint16(hello)
			b.AddBytes(random(32))
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
				if o.version == tls.VersionTLS13 {
					b.AddBytes(random(32)) // RFC 8446 appendix D.4: compatibility with middleboxes
				}
			})
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				addUint16s(b, ids(o.suites)...)
				if o.version == versionSSL30 {
					b.AddUint16(emptyRenegotiationInfoSCSV)
				}
			})
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(o.compressions) })
			if o.version > versionSSL30 {
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addExtensions(b, o, serverName) })
			}
		})
	})
	hi, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("build a ClientHello that offers %s: %w", o.name, err)
	}
	return hi, nil
}

func addExtensions(b *cryptobyte.Builder, o offer, serverName string) {
	if serverName != "" {
		extension(b, extensionServerName, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(0) // host_name
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(serverName)) })
			})
		})
	}
	extension(b, extensionSupportedGroups, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			addUint16s(b, uint16(tls.X25519), uint16(tls.CurveP256), uint16(tls.CurveP384), uint16(tls.CurveP521))
		})
	})
	extension(b, extensionALPN, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, protocol := range []string{"h2", "http/1.1"} { // a server may insist on either
				b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(protocol)) })
			}
		})
	})
	if o.version >= tls.VersionTLS12 {
		extension(b, extensionSignatureAlgorithms, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addUint16s(b, signatureAlgorithms...) })
		})
	}
	if o.version == tls.VersionTLS13 {
		addTLS13(b)
		return
	}
	extension(b, extensionPointFormats, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint8(0) }) // uncompressed
	})
	extension(b, extensionExtendedMasterSecret, func(*cryptobyte.Builder) {})
	extension(b, extensionRenegotiationInfo, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(*cryptobyte.Builder) {})
	})
}

// signatureAlgorithms holds everything that a server may sign with, SHA-1 included: what the
// certificate is worth is judged from the certificate.
var signatureAlgorithms = []uint16{
	uint16(tls.ECDSAWithP256AndSHA256), uint16(tls.ECDSAWithP384AndSHA384), uint16(tls.ECDSAWithP521AndSHA512),
	uint16(tls.Ed25519), uint16(tls.PSSWithSHA256), uint16(tls.PSSWithSHA384), uint16(tls.PSSWithSHA512),
	uint16(tls.PKCS1WithSHA256), uint16(tls.PKCS1WithSHA384), uint16(tls.PKCS1WithSHA512),
	uint16(tls.ECDSAWithSHA1), uint16(tls.PKCS1WithSHA1), 0x0202, // dsa_sha1
}

func addTLS13(b *cryptobyte.Builder) {
	extension(b, extensionSupportedVersions, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint16(tls.VersionTLS13) })
	})
	extension(b, extensionKeyShare, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			addKeyShare(b, tls.X25519, ecdh.X25519())
			addKeyShare(b, tls.CurveP256, ecdh.P256())
		})
	})
}

// addKeyShare adds a public key that nobody needs the private part of: the handshake is not finished.
func addKeyShare(b *cryptobyte.Builder, group tls.CurveID, curve ecdh.Curve) {
	key, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		b.SetError(fmt.Errorf("generate a key share: %w", err))
		return
	}
	b.AddUint16(uint16(group))
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(key.PublicKey().Bytes()) })
}

func extension(b *cryptobyte.Builder, code uint16, body cryptobyte.BuilderContinuation) {
	b.AddUint16(code)
	b.AddUint16LengthPrefixed(body)
}

func addUint16s(b *cryptobyte.Builder, values ...uint16) {
	for _, v := range values {
		b.AddUint16(v)
	}
}

// random returns n random bytes. crypto/rand.Read never fails.
func random(n int) []byte {
	out := make([]byte, n)
	rand.Read(out)
	return out
}
