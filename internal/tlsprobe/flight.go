package tlsprobe

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

const (
	// maxFlight is how many bytes of a server's first flight are read. A chain of certificates takes a
	// few kilobytes.
	maxFlight = 128 << 10
	// maxRecord is the largest record that TLS knows: a TLS 1.2 ciphertext (RFC 5246 section 6.2.3).
	maxRecord = 1<<14 + 2048

	alertWarning     = 1
	alertCloseNotify = 0
)

// flight is what a server sent in answer to a ClientHello.
type flight struct {
	version uint16 // of the ServerHello; 0 when there was none
	suite   uint16
	// compression is the method that the server chose, and renegotiation whether it knows RFC 5746.
	compression   uint8
	renegotiation bool
	complete      bool     // it went up to ServerHelloDone, or beyond the ServerHello in TLS 1.3
	chain         [][]byte // DER certificates, when they were sent in clear
}

// alertError is a fatal alert.
type alertError struct{ code uint8 }

func (a alertError) Error() string {
	words := strings.TrimPrefix(tls.AlertError(a.code).Error(), "tls: ")
	return fmt.Sprintf("alert %d (%s)", a.code, words)
}

// notTLSError is an answer that is no TLS record.
type notTLSError struct{ start []byte }

func (e notTLSError) Error() string {
	return "an answer that is not TLS: " + strconv.QuoteToASCII(string(e.start))
}

// errNonsense marks bytes that look like TLS records and cannot be parsed.
var errNonsense = errors.New("a malformed handshake")

// readFlight reads the server's first flight, no more than maxFlight bytes of it. With an error it
// returns what was read until then.
func readFlight(r io.Reader) (flight, error) {
	bounded := &io.LimitedReader{R: r, N: maxFlight}
	var f flight
	var pending []byte
	for !f.complete {
		kind, payload, err := readRecord(bounded)
		if err != nil && bounded.N == 0 {
			return f, fmt.Errorf("%w: no end after %d bytes", errNonsense, maxFlight)
		}
		if err != nil {
			return f, err
		}
		switch kind {
		case recordAlert:
			if err := fatal(payload); err != nil {
				return f, err
			}
		case recordHandshake:
			pending = append(pending, payload...)
			if pending, err = f.take(pending); err != nil {
				return f, err
			}
		default:
			return f, fmt.Errorf("%w: record type %d before the end of the flight", errNonsense, kind)
		}
	}
	return f, nil
}

// readRecord reads one record and returns its type and content.
func readRecord(r io.Reader) (kind uint8, payload []byte, err error) {
	head := make([]byte, 5)
	n, err := io.ReadFull(r, head)
	if n > 0 && !looksLikeRecord(head[:n]) {
		rest, _ := io.ReadAll(io.LimitReader(r, 64))
		return 0, nil, notTLSError{start: append(head[:n], rest...)}
	}
	if err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint16(head[3:])
	if size > maxRecord {
		return 0, nil, fmt.Errorf("%w: a record of %d bytes", errNonsense, size)
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, err
	}
	return head[0], payload, nil
}

// looksLikeRecord reports whether head begins like a record of SSL 3.0 or TLS.
func looksLikeRecord(head []byte) bool {
	return head[0] >= 20 && head[0] <= 24 && (len(head) < 2 || head[1] == 3)
}

// fatal returns an error for an alert that ends the handshake. Warnings, such as unrecognized_name,
// do not.
func fatal(payload []byte) error {
	if len(payload) != 2 {
		return fmt.Errorf("%w: an alert of %d bytes", errNonsense, len(payload))
	}
	if payload[0] == alertWarning && payload[1] != alertCloseNotify {
		return nil
	}
	return alertError{code: payload[1]}
}

// take consumes the complete messages of pending and returns the rest.
func (f *flight) take(pending []byte) ([]byte, error) {
	for !f.complete {
		s := cryptobyte.String(pending)
		var kind uint8
		var body cryptobyte.String
		if !s.ReadUint8(&kind) || !s.ReadUint24LengthPrefixed(&body) {
			return pending, nil
		}
		pending = s
		if err := f.message(kind, body); err != nil {
			return nil, err
		}
	}
	return pending, nil
}

func (f *flight) message(kind uint8, body cryptobyte.String) error {
	if (kind == messageServerHello) != (f.version == 0) {
		return fmt.Errorf("%w: message type %d out of order", errNonsense, kind)
	}
	switch kind {
	case messageServerHello:
		return f.serverHello(body)
	case messageCertificate:
		return f.certificates(body)
	case messageServerHelloDone:
		f.complete = true
	}
	return nil
}

// serverHello reads a ServerHello, or the HelloRetryRequest that has its form and is as good a proof
// that the server wants TLS 1.3.
func (f *flight) serverHello(body cryptobyte.String) error {
	var version, suite uint16
	var session, extensions cryptobyte.String
	if !body.ReadUint16(&version) || !body.Skip(32) || !body.ReadUint8LengthPrefixed(&session) ||
		!body.ReadUint16(&suite) || !body.ReadUint8(&f.compression) {
		return fmt.Errorf("%w: a ServerHello that is too short", errNonsense)
	}
	if !body.Empty() && !body.ReadUint16LengthPrefixed(&extensions) {
		return fmt.Errorf("%w: a ServerHello with broken extensions", errNonsense)
	}
	for !extensions.Empty() {
		var code uint16
		var value cryptobyte.String
		if !extensions.ReadUint16(&code) || !extensions.ReadUint16LengthPrefixed(&value) {
			return fmt.Errorf("%w: a ServerHello with broken extensions", errNonsense)
		}
		if code == extensionSupportedVersions && !value.ReadUint16(&version) {
			return fmt.Errorf("%w: a ServerHello with an empty supported_versions", errNonsense)
		}
		f.renegotiation = f.renegotiation || code == extensionRenegotiationInfo
	}
	f.version, f.suite = version, suite
	f.complete = version == tls.VersionTLS13 // the rest is encrypted
	return nil
}

func (f *flight) certificates(body cryptobyte.String) error {
	var list cryptobyte.String
	if !body.ReadUint24LengthPrefixed(&list) {
		return fmt.Errorf("%w: a Certificate message that is too short", errNonsense)
	}
	for !list.Empty() {
		var der cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&der) {
			return fmt.Errorf("%w: a Certificate message with a broken list", errNonsense)
		}
		f.chain = append(f.chain, bytes.Clone(der))
	}
	return nil
}
