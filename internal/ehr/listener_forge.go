package ehr

import (
	"bufio"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// What crypto/tls has no names for.
const (
	versionSSL30 = 0x0300

	rsaNullSHA256   = 0x003b
	dhAnonAES128SHA = 0x0034
	rsaExportRC4MD5 = 0x0003
	rsaDESSHA       = 0x0009
	rsaAES128SHA    = tls.TLS_RSA_WITH_AES_128_CBC_SHA

	compressionDeflate         = 1
	extensionSupportedVersions = 43

	recordHandshake          = 22
	messageClientHello       = 1
	messageServerHello       = 2
	messageCertificate       = 11
	messageServerKeyExchange = 12
	messageServerHelloDone   = 14
)

// helloTimeout is how long a client may take to say hello.
const helloTimeout = 10 * time.Second

// forgery answers a ClientHello that crypto/tls would refuse with the first flight of a server that
// negotiates it, up to ServerHelloDone, and hangs up then: no client finishes such a handshake, and none
// of the old ciphers has to be kept in working order.
type forgery struct {
	version     uint16 // the newest version that is negotiated
	suite       uint16
	exact       bool // only with clients that know no newer version
	compressed  bool // only with clients that take compression
	keyExchange func(key *rsa.PrivateKey, clientRandom, serverRandom []byte) ([]byte, error)
}

// answers reports whether the client offers the forged suite and nothing that the good server has.
func (f forgery) answers(c clientHello, config *tls.Config) bool {
	if !slices.Contains(c.suites, f.suite) {
		return false
	}
	switch {
	case f.compressed:
		return slices.Contains(c.compressions, compressionDeflate)
	case f.exact:
		return c.version == f.version && !c.knowsTLS13
	}
	good := func(suite uint16) bool { return suite>>8 == 0x13 || slices.Contains(config.CipherSuites, suite) }
	return c.version >= tls.VersionTLS10 && !slices.ContainsFunc(c.suites, good)
}

// flight builds the records of ServerHello to ServerHelloDone.
func (f forgery) flight(c clientHello, certificate tls.Certificate) ([]byte, error) {
	version := min(c.version, f.version)
	serverRandom := make([]byte, 32)
	rand.Read(serverRandom)
	var b cryptobyte.Builder
	handshakeMessage(&b, version, messageServerHello, func(b *cryptobyte.Builder) {
		b.AddUint16(version)
		b.AddBytes(serverRandom)
		b.AddUint8(0) // no session
		b.AddUint16(f.suite)
		if f.compressed {
			b.AddUint8(compressionDeflate)
		} else {
			b.AddUint8(0)
		}
		// No extensions, renegotiation_info neither.
	})
	if f.suite != dhAnonAES128SHA {
		handshakeMessage(&b, version, messageCertificate, func(b *cryptobyte.Builder) {
			b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
				for _, der := range certificate.Certificate {
					b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
				}
			})
		})
	}
	if f.keyExchange != nil {
		key, ok := certificate.PrivateKey.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("suite 0x%04x needs an RSA key", f.suite)
		}
		params, err := f.keyExchange(key, c.random, serverRandom)
		if err != nil {
			return nil, fmt.Errorf("build the key exchange of suite 0x%04x: %w", f.suite, err)
		}
		handshakeMessage(&b, version, messageServerKeyExchange, func(b *cryptobyte.Builder) { b.AddBytes(params) })
	}
	handshakeMessage(&b, version, messageServerHelloDone, func(*cryptobyte.Builder) {})
	return b.Bytes()
}

// handshakeMessage adds one handshake message in a record of its own.
func handshakeMessage(b *cryptobyte.Builder, version uint16, kind uint8, body cryptobyte.BuilderContinuation) {
	b.AddUint8(recordHandshake)
	b.AddUint16(version)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(kind)
		b.AddUint24LengthPrefixed(body)
	})
}

// anonymousDH is an unsigned Diffie-Hellman share (RFC 5246 section 7.4.3) over random numbers: the
// shared secret is never computed.
func anonymousDH(*rsa.PrivateKey, []byte, []byte) ([]byte, error) {
	var b cryptobyte.Builder
	opaqueVector(&b, oddNumber(256)) // p
	opaqueVector(&b, []byte{2})      // g
	opaqueVector(&b, oddNumber(255)) // Ys
	return b.Bytes()
}

// exportRSA is a 512-bit RSA key, signed with the key of the certificate as RFC 2246 section 7.4.3 says.
func exportRSA(key *rsa.PrivateKey, clientRandom, serverRandom []byte) ([]byte, error) {
	var b cryptobyte.Builder
	opaqueVector(&b, oddNumber(64))
	opaqueVector(&b, []byte{1, 0, 1})
	params, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	signed := slices.Concat(clientRandom, serverRandom, params)
	md, sha := md5.Sum(signed), sha1.Sum(signed)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.MD5SHA1, slices.Concat(md[:], sha[:]))
	if err != nil {
		return nil, err
	}
	opaqueVector(&b, signature)
	return b.Bytes()
}

func opaqueVector(b *cryptobyte.Builder, value []byte) {
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(value) })
}

// oddNumber returns a random odd number of exactly n bytes.
func oddNumber(n int) []byte {
	out := make([]byte, n)
	rand.Read(out)
	out[0] |= 0x80
	out[n-1] |= 1
	return out
}

// clientHello is the part of a ClientHello that a forgery looks at.
type clientHello struct {
	version uint16
	random  []byte
	suites  []uint16

	compressions []uint8
	knowsTLS13   bool // it carries supported_versions, which nobody sends for less
}

// readClientHello reads a ClientHello from the content of one record.
func readClientHello(record []byte) (clientHello, bool) {
	var c clientHello
	var kind uint8
	var body, session, suites, compressions, extensions cryptobyte.String
	s := cryptobyte.String(record)
	if !s.ReadUint8(&kind) || kind != messageClientHello || !s.ReadUint24LengthPrefixed(&body) ||
		!body.ReadUint16(&c.version) || !body.ReadBytes(&c.random, 32) ||
		!body.ReadUint8LengthPrefixed(&session) || !body.ReadUint16LengthPrefixed(&suites) ||
		!body.ReadUint8LengthPrefixed(&compressions) || !body.Empty() && !body.ReadUint16LengthPrefixed(&extensions) {
		return clientHello{}, false
	}
	for !suites.Empty() {
		var suite uint16
		if !suites.ReadUint16(&suite) {
			return clientHello{}, false
		}
		c.suites = append(c.suites, suite)
	}
	c.compressions = compressions
	for !extensions.Empty() {
		var code uint16
		var value cryptobyte.String
		if !extensions.ReadUint16(&code) || !extensions.ReadUint16LengthPrefixed(&value) {
			return clientHello{}, false
		}
		c.knowsTLS13 = c.knowsTLS13 || code == extensionSupportedVersions
	}
	return c, true
}

// forgingListener looks at the ClientHello of each connection before the TLS server on top of it does.
type forgingListener struct {
	net.Listener
	forgery forgery
	config  *tls.Config
}

// Accept returns the next connection.
func (l forgingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &forgedConn{peekedConn: newPeekedConn(conn), listener: l}, nil
}

// forgedConn answers a hello that the forgery wants on the first read, and is at its end for the TLS
// server then. Every other hello passes through.
type forgedConn struct {
	peekedConn
	listener forgingListener
	looked   bool
}

func (c *forgedConn) Read(p []byte) (int, error) {
	if !c.looked {
		c.looked = true
		if hello, ok := c.hello(); ok && c.listener.forgery.answers(hello, c.listener.config) {
			flight, err := c.listener.forgery.flight(hello, c.listener.config.Certificates[0])
			if err != nil {
				return 0, err
			}
			if _, err := c.Write(flight); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
	}
	return c.peekedConn.Read(p)
}

// hello reads the ClientHello without consuming it.
func (c *forgedConn) hello() (clientHello, bool) {
	c.SetReadDeadline(time.Now().Add(helloTimeout))
	defer c.SetReadDeadline(time.Time{})
	head, err := c.reader.Peek(5)
	if err != nil || head[0] != recordHandshake {
		return clientHello{}, false
	}
	size := 5 + int(head[3])<<8 + int(head[4])
	record, err := c.reader.Peek(min(size, peekable))
	if err != nil {
		return clientHello{}, false
	}
	return readClientHello(record[5:])
}

// peekable is how much of a connection can be looked at ahead; a ClientHello takes a few hundred bytes.
const peekable = 4 << 10

// peekedConn is a connection whose beginning can be looked at before it is read.
type peekedConn struct {
	net.Conn
	reader *bufio.Reader
}

func newPeekedConn(conn net.Conn) peekedConn {
	return peekedConn{Conn: conn, reader: bufio.NewReaderSize(conn, peekable)}
}

// Read reads what was looked at and then what follows.
func (c peekedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }
