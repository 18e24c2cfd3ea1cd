package tlsprobe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// reply is what came of one offer.
type reply struct {
	evidence.TLSOffer
	chain [][]byte // DER certificates, when they were sent in clear
	dial  error    // why there was no connection
}

// offer sends one ClientHello and reads the server's first flight.
func (p *Prober) offer(ctx context.Context, a Address, o offer) reply {
	f, err := p.exchange(ctx, a, o)
	r := reply{TLSOffer: p.outcome(o, f, err), chain: f.chain}
	if errors.Is(err, errDial) {
		r.dial = err
	}
	return r
}

func (p *Prober) exchange(ctx context.Context, a Address, o offer) (flight, error) {
	hello, err := clientHello(o, a.serverName())
	if err != nil {
		return flight{}, err
	}
	conn, release, err := p.connect(ctx, a)
	if err != nil {
		return flight{}, err
	}
	defer release()
	if _, err := conn.Write(hello); err != nil {
		return flight{}, err
	}
	return readFlight(conn)
}

// outcome says what the flight, or the error that ended it, means for the offer.
func (p *Prober) outcome(o offer, f flight, err error) evidence.TLSOffer {
	result := evidence.TLSOffer{Offered: o.name}
	if f.version != 0 {
		result.Version, result.Suite = versionName(f.version), suiteName(f.suite)
		result.Renegotiation = f.renegotiation
	}
	if err == nil {
		result.Outcome, result.Seen = negotiated(o, f)
		return result
	}
	result.Outcome, result.Seen = p.ended(err)
	if f.version != 0 {
		result.Seen = fmt.Sprintf("a ServerHello with %s and %s, then %s", result.Version, result.Suite, result.Seen)
	}
	return result
}

// negotiated says whether a complete flight is what was offered.
func negotiated(o offer, f flight) (evidence.OfferOutcome, string) {
	chosen := fmt.Sprintf("%s with %s", versionName(f.version), suiteName(f.suite))
	switch {
	case o.compressions[0] != compressionNull && f.compression == compressionNull:
		return evidence.OfferRefused, "it negotiated " + chosen + " without compression"
	case f.version < o.oldest:
		return evidence.OfferRefused, "it negotiated " + chosen + " instead"
	case f.version > o.version, !slices.Contains(ids(o.suites), f.suite):
		return evidence.OfferUnknown, "it chose " + chosen + ", which was not offered"
	default:
		return evidence.OfferAccepted, chosen
	}
}

// ended says what the error means that ended a flight early.
func (p *Prober) ended(err error) (evidence.OfferOutcome, string) {
	var alert alertError
	var notTLS notTLSError
	switch {
	case errors.As(err, &alert), errors.As(err, &notTLS):
		return evidence.OfferRefused, err.Error()
	case errors.Is(err, errDial), errors.Is(err, errNonsense):
		return evidence.OfferUnknown, err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return evidence.OfferClosed, "the connection was closed"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return evidence.OfferClosed, "the connection was reset"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return evidence.OfferUnknown, fmt.Sprintf("no answer within %s", p.options.Timeout)
	default:
		return evidence.OfferUnknown, err.Error()
	}
}
