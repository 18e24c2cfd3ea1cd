package probe

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// discoveryEdges asks for the SMART configuration in ways that few clients use. They are for a whole run, and
// not for the validation of many servers, whose time they would double.
func discoveryEdges(ctx context.Context, s *session.Session) (evidence.DiscoveryEdges, error) {
	r := reader{s.Scope(evidence.DiscoveryEdgesKind.Name())}
	address := evidence.ResolveBase(s.Config.FHIR, smartPath)
	seen := evidence.DiscoveryEdges{Plain: r.read(ctx, address, acceptJSON)}
	if _, ok := seen.Plain.Object(); !ok {
		return seen, ctx.Err()
	}
	requests := edgeRequests(address, seen.Plain.Header.Get("Etag"))
	var err error
	seen.Variants, err = each(requests, func(e edgeRequest) (evidence.DocumentVariant, error) {
		document := r.readBy(ctx, e.method, e.address, e.header)
		if document.Header.Get("Content-Encoding") == "gzip" {
			document = unzipped(document)
		}
		return evidence.DocumentVariant{Name: e.name, Document: document}, ctx.Err()
	})
	if sibling := s.Config.Data.SiblingBase; sibling != "" {
		seen.Sibling = r.document(ctx, evidence.ResolveBase(sibling, smartPath))
	}
	return seen, err
}

// edgeRequest is one request for the SMART configuration.
type edgeRequest struct {
	name, method, address string
	header                http.Header
}

func edgeRequests(address, etag string) []edgeRequest {
	get := func(name, field, value string) edgeRequest {
		return edgeRequest{name, http.MethodGet, address, http.Header{"Accept": {"application/json"}, field: {value}}}
	}
	requests := []edgeRequest{
		{evidence.EdgeHead, http.MethodHead, address, acceptJSON},
		{evidence.EdgeQuery, http.MethodGet, address + "?smartcheck=" + oauth.Random(8), acceptJSON},
		{evidence.EdgeCapitals, http.MethodGet, strings.Replace(address, smartPath, strings.ToUpper(smartPath), 1), acceptJSON},
		get(evidence.EdgeGzip, "Accept-Encoding", "gzip"),
		get(evidence.EdgeUncoded, "Accept-Encoding", "identity"),
		get(evidence.EdgeBearer, "Authorization", "Bearer smartcheck-unknown-"+oauth.Random(24)),
		get(evidence.EdgeBasic, "Authorization", session.Basic("smartcheck-unknown", oauth.Random(24))),
		get(evidence.EdgeUnspeakable, "Authorization", "smartcheck"),
	}
	if etag != "" {
		requests = append(requests, get(evidence.EdgeUnchanged, "If-None-Match", etag))
	}
	return requests
}

// unzipped decodes a document, up to the length that is read of any. One that cannot be decoded stays as it
// is.
func unzipped(coded evidence.Document) evidence.Document {
	zipped, err := gzip.NewReader(bytes.NewReader(coded.Body()))
	if err != nil {
		return coded
	}
	body, err := io.ReadAll(io.LimitReader(zipped, record.MaxBody+1))
	if err != nil {
		return coded
	}
	document := evidence.NewDocument(body[:min(len(body), record.MaxBody)])
	document.URL, document.Hops, document.Status, document.Header = coded.URL, coded.Hops, coded.Status, coded.Header
	document.Exchange, document.Problem, document.Misdirected = coded.Exchange, coded.Problem, coded.Misdirected
	document.Truncated = coded.Truncated || len(body) > record.MaxBody
	return document
}
