package checks

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// DiscoveryEdges lists the checks of how the SMART configuration is served to requests that few clients make.
var DiscoveryEdges = []Check{
	DiscoveryAnyAuthorization, DiscoveryHead, DiscoveryNotModified, DiscoveryContentCoding, DiscoveryAddressVariants,
	DiscoverySiblingBase, DiscoverySiblingsAgree,
}

const readableConfiguration = "to servers whose SMART configuration can be read"

// DiscoveryAnyAuthorization verifies that no credentials are looked at.
var DiscoveryAnyAuthorization = New(Meta{
	ID:           "discovery.any-authorization",
	Title:        "The SMART configuration is served whatever Authorization says",
	Level:        Shall,
	Requirements: []string{"configuration-any-authorization"},
	Applies:      readableConfiguration,
	Remedy:       "Exempt the well-known path from authentication altogether: an app whose token has expired sends it to discovery too.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	var t tally
	for _, name := range []string{evidence.EdgeBearer, evidence.EdgeBasic, evidence.EdgeUnspeakable} {
		t.sameDocument(d, name)
	}
	return t.verdict("200 with the same document", "the same document with every Authorization header", "nothing was asked")
}))

// overEdges judges what could be asked: nothing can where the document itself cannot be read.
func overEdges(judge func(evidence.DiscoveryEdges) Verdict) func(evidence.DiscoveryEdges) Verdict {
	return func(d evidence.DiscoveryEdges) Verdict {
		if _, ok := d.Plain.Object(); !ok {
			return Skip("the SMART configuration could not be read (see discovery.document and discovery.json)")
		}
		return judge(d)
	}
}

// sameDocument counts a variant that must bring the document that the usual request brings.
func (t *tally) sameDocument(d evidence.DiscoveryEdges, name string) {
	doc, asked := d.Variant(name)
	_, readable := doc.Object()
	switch {
	case !asked:
	case doc.Problem != "":
		t.unsure(name + ": " + doc.Problem)
	case busy(doc.Status):
		t.unsure(fmt.Sprintf("%s: %s", name, giveUp(doc.Status)))
	case doc.Misdirected != "":
		t.breaks(name+": "+doc.Misdirected, doc.Exchanges()...)
	case doc.Status != 200:
		t.breaks(fmt.Sprintf("%s: status %d", name, doc.Status), doc.Exchanges()...)
	case !readable:
		t.breaks(fmt.Sprintf("%s: %s", name, describeText(&doc, "no JSON object")), doc.Exchanges()...)
	case !reflect.DeepEqual(doc.JSON().Value, d.Plain.JSON().Value):
		t.breaks(name+": another document", doc.Exchanges()...)
	default:
		t.holds(doc.Exchanges()...)
	}
}

// DiscoveryHead verifies that the header can be asked for alone.
var DiscoveryHead = New(Meta{
	ID:           "discovery.head",
	Title:        "HEAD of the SMART configuration gives the header that GET gives",
	Level:        Should,
	Requirements: []string{"rfc9110-9.3.2-head"},
	Applies:      readableConfiguration,
	Remedy:       "Answer HEAD wherever GET is answered, with the same status and header fields.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	const expected = "200 and the header fields of GET"
	doc, _ := d.Variant(evidence.EdgeHead)
	switch {
	case doc.Problem != "":
		return CannotJudge(doc.Problem, doc.Exchanges()...)
	case busy(doc.Status):
		return CannotJudge(giveUp(doc.Status), doc.Exchanges()...)
	case doc.Status != 200:
		return Broken(expected, fmt.Sprintf("%d where GET is answered with 200", doc.Status), doc.Exchanges()...)
	}
	for _, field := range []string{"Content-Type", "Etag", "Cache-Control"} {
		head, get := doc.Header.Get(field), d.Plain.Header.Get(field)
		if head != get && get != "" && !generated(field, head) {
			return Broken(expected, fmt.Sprintf("%s %q where GET gives %q", field, cut(head), cut(get)), doc.Exchanges()...)
		}
	}
	return Holds("the header fields of GET", doc.Exchanges()...)
}))

// generated reports whether a field may be left out of an answer to HEAD, because it is known only when the body
// is made (RFC 9110 section 9.3.2).
func generated(field, head string) bool { return field == "Etag" && head == "" }

// DiscoveryNotModified verifies that an ETag is good for something.
var DiscoveryNotModified = New(Meta{
	ID:           "discovery.not-modified",
	Title:        "A SMART configuration with an ETag is not sent again when it is unchanged",
	Level:        Should,
	Requirements: []string{"rfc9110-13.1.2-if-none-match"},
	Applies:      "to servers that send an ETag with it",
	Remedy:       "Answer 304 when If-None-Match names the current ETag, or send no ETag.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	doc, asked := d.Variant(evidence.EdgeUnchanged)
	_, again := doc.Object()
	switch {
	case !asked:
		return Skip("the server sends no ETag")
	case doc.Problem != "":
		return CannotJudge(doc.Problem, doc.Exchanges()...)
	case busy(doc.Status):
		return CannotJudge(giveUp(doc.Status), doc.Exchanges()...)
	case doc.Status == 304:
		return Holds("304", doc.Exchanges()...)
	case again && doc.Header.Get("Etag") != d.Plain.Header.Get("Etag"):
		return Broken("304", "200 with another ETag; the same document has a new one at every request", doc.Exchanges()...)
	default:
		return Broken("304", fmt.Sprintf("status %d", doc.Status), doc.Exchanges()...)
	}
}))

// DiscoveryContentCoding verifies that clients get a coding that they can read.
var DiscoveryContentCoding = New(Meta{
	ID:           "discovery.content-coding",
	Title:        "The SMART configuration comes in a coding that the client accepts",
	Level:        Should,
	Requirements: []string{"rfc9110-12.5.3-accept-encoding"},
	Applies:      readableConfiguration,
	Remedy:       "Compress only for clients whose Accept-Encoding allows it, and name the coding in Content-Encoding.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	var t tally
	for _, edge := range []struct {
		name       string
		acceptable []string
	}{{evidence.EdgeGzip, []string{"", "identity", "gzip"}}, {evidence.EdgeUncoded, []string{"", "identity"}}} {
		name, acceptable := edge.name, edge.acceptable
		doc, _ := d.Variant(name)
		if coding := doc.Header.Get("Content-Encoding"); doc.Problem == "" && !slices.Contains(acceptable, coding) {
			t.breaks(fmt.Sprintf("%s: Content-Encoding %s", name, cut(coding)), doc.Exchanges()...)
			continue
		}
		t.sameDocument(d, name)
	}
	slices.Sort(t.broken)
	return t.verdict("the same document, in an acceptable coding", "the same document with and without gzip", "nothing was asked")
}))

// DiscoveryAddressVariants records what small changes of the address do.
var DiscoveryAddressVariants = New(Meta{
	ID:           "discovery.address-variants",
	Title:        "The SMART configuration is served whatever follows its address",
	Level:        May,
	Requirements: []string{"configuration-address-variants"},
	Applies:      readableConfiguration,
	Remedy:       "Ignore query parameters that mean nothing at the well-known path: apps add them to get around caches.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	var t tally
	t.sameDocument(d, evidence.EdgeQuery)
	capitals, _ := d.Variant(evidence.EdgeCapitals)
	switch {
	case len(t.unclear) > 0:
		return CannotJudge(few(t.unclear))
	case len(t.broken) > 0:
		return Discouraged("the same document", few(t.broken), unique(t.proof)...)
	case capitals.Problem != "":
		return Note("the same document with an unknown query parameter", t.evidence...)
	default:
		return Note(fmt.Sprintf("the same document with an unknown query parameter; %d for the path in capitals", capitals.Status), t.evidence...)
	}
}))

// DiscoverySiblingBase verifies that every FHIR base has a configuration.
var DiscoverySiblingBase = New(Meta{
	ID:           "discovery.sibling-base",
	Title:        "Another FHIR base of the server serves a SMART configuration too",
	Level:        Shall,
	Requirements: []string{"372"},
	Applies:      "with data.siblingBase in the target file",
	Remedy:       "Serve the document under every FHIR base that demands authorization.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	const expected = "200 with a JSON object under the sibling base"
	doc := d.Sibling
	if doc == nil {
		return Skip("the target file names no data.siblingBase")
	}
	_, readable := doc.Object()
	switch {
	case doc.Problem != "":
		return CannotJudge(doc.Problem, doc.Exchanges()...)
	case busy(doc.Status):
		return CannotJudge(giveUp(doc.Status), doc.Exchanges()...)
	case doc.Misdirected != "":
		return Broken(expected, doc.Misdirected, doc.Exchanges()...)
	case doc.Status != 200:
		return Broken(expected, fmt.Sprintf("%d from %s", doc.Status, doc.URL), doc.Exchanges()...)
	case !readable:
		return Broken(expected, describeText(doc, "no JSON object"), doc.Exchanges()...)
	default:
		return Holds("200 from "+doc.URL, doc.Exchanges()...)
	}
}))

// DiscoverySiblingsAgree verifies that one issuer has one set of endpoints.
var DiscoverySiblingsAgree = New(Meta{
	ID:           "discovery.siblings-agree",
	Title:        "FHIR bases that name the same issuer name the same endpoints",
	Level:        Shall,
	Requirements: []string{"sibling-configurations-agree"},
	Applies:      "with data.siblingBase in the target file, whose configuration names the same issuer",
	Remedy:       "Make the documents of all bases from one source.",
}, evidence.DiscoveryEdgesKind, overEdges(func(d evidence.DiscoveryEdges) Verdict {
	mine, _ := d.Plain.Object()
	theirs, ok := d.Sibling.Object()
	if !ok {
		return Skip("no configuration of a sibling base could be read")
	}
	if mine["issuer"] == nil || !reflect.DeepEqual(mine["issuer"], theirs["issuer"]) {
		return Skip("the two bases name no issuer in common, and may have authorization servers of their own")
	}
	var differ []string
	compared := 0
	for _, member := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "introspection_endpoint", "revocation_endpoint", "registration_endpoint"} {
		a, b := mine[member], theirs[member]
		if a == nil || b == nil {
			continue
		}
		compared++
		if !reflect.DeepEqual(a, b) {
			differ = append(differ, fmt.Sprintf("%s is %s here and %s there", member, shownValue(a), shownValue(b)))
		}
	}
	proof := slices.Concat(d.Plain.Exchanges(), d.Sibling.Exchanges())
	switch {
	case compared == 0:
		return Skip("the two configurations have no address in common")
	case len(differ) > 0:
		return Broken("the same endpoints for the same issuer", few(differ), proof...)
	default:
		return Holds(fmt.Sprintf("%d addresses are the same", compared), proof...)
	}
}))

// shownValue is a member of a document, for people.
func shownValue(value any) string { return cut(fmt.Sprint(value)) }
