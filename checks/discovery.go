package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Discovery lists the checks of the SMART configuration: how it is served, what it says, and whether it
// agrees with the other documents. Checks of its capabilities are in Capabilities.
var Discovery = slices.Concat([]Check{
	DiscoveryDocument, DiscoveryJSON, DiscoveryUniqueNames, DiscoveryMediaType, DiscoveryAcceptIgnored,
	DiscoveryTrailingSlash, DiscoveryRedirects, DiscoveryFreshness,
}, discoveryMembers, discoveryAddresses, discoveryOAuth, discoveryClients, discoveryScopes, discoveryRecommended, discoveryAgreement)

const smartPath = "/.well-known/smart-configuration"

// DiscoveryDocument verifies that the SMART configuration is served under the FHIR base.
var DiscoveryDocument = New(Meta{
	ID:           "discovery.document",
	Title:        "The SMART configuration is served under the FHIR base URL",
	Level:        Shall,
	Requirements: []string{"30", "372"},
	Applies:      "to live servers",
	Remedy:       "Serve the document with status 200 at the FHIR base URL followed by " + smartPath + ", without credentials.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	const expected = "200 with a JSON object at the FHIR base URL followed by " + smartPath
	switch doc := d.SMART; {
	case doc == nil:
		return Skip("no SMART configuration was given")
	case doc.Problem != "":
		return CannotJudge(doc.Problem, doc.Exchanges()...)
	case !d.Live && doc.Truncated:
		return CannotJudge(tooLong(doc), doc.Exchanges()...)
	case !d.Live:
		return Skip("needs a live server")
	case doc.Misdirected != "":
		return Broken(expected, doc.Misdirected, doc.Exchanges()...)
	case unavailable(doc.Status):
		return CannotJudge(fmt.Sprintf("%s answered %d; try again when the server is up", doc.URL, doc.Status), doc.Exchanges()...)
	case doc.Status != 200:
		return Broken(expected, fmt.Sprintf("%d from %s", doc.Status, doc.URL), doc.Exchanges()...)
	case doc.Truncated:
		return CannotJudge(tooLong(doc), doc.Exchanges()...)
	default:
		return Holds(fmt.Sprintf("200 from %s", doc.URL), doc.Exchanges()...)
	}
})

// unavailable reports whether the status says that the server cannot answer for the moment.
func unavailable(status int) bool { return status == 429 || status >= 502 && status <= 504 }

func tooLong(doc *evidence.Document) string {
	return fmt.Sprintf("%s is longer than %d MiB and was not read to its end; is this the right document?",
		doc.Name(), len(doc.Body())>>20)
}

// DiscoveryJSON verifies that the documents are well-formed JSON.
var DiscoveryJSON = New(Meta{
	ID:           "discovery.json",
	Title:        "The SMART configuration is a well-formed JSON object",
	Level:        Shall,
	Requirements: []string{"30", "374", "rfc8259-2-well-formed"},
	Remedy:       "Write the document with a JSON library, in UTF-8 without a byte order mark; its outermost value is an object.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	if d.SMART == nil {
		return Skip("no SMART configuration was given")
	}
	return wellFormed(d.SMART)
})

// wellFormed judges whether an answer with status 200, or a saved document, is a JSON object.
func wellFormed(doc *evidence.Document) Verdict {
	const expected = "a JSON object in UTF-8"
	if doc.Problem != "" || doc.Misdirected != "" || doc.Truncated || doc.URL != "" && doc.Status != 200 {
		return Skip("there is no complete answer with status 200 to read (see discovery.document)")
	}
	parsed := doc.JSON()
	_, object := parsed.Value.(map[string]any)
	switch {
	case parsed.Problem != "":
		return Broken(expected, describeText(doc, parsed.Problem), doc.Exchanges()...)
	case !object:
		return Broken(expected, "the document is "+kindOf(parsed.Value), doc.Exchanges()...)
	case len(parsed.Flaws) > 0:
		return Broken(expected, strings.Join(parsed.Flaws, "; "), doc.Exchanges()...)
	default:
		return Holds("a JSON object", doc.Exchanges()...)
	}
}

// describeText says why a text is not JSON, in the way that helps most.
func describeText(doc *evidence.Document, problem string) string {
	start := strings.TrimSpace(string(doc.Body()[:min(len(doc.Body()), 200)]))
	if strings.HasPrefix(start, "<") {
		what := "an XML document"
		if lower := strings.ToLower(start); strings.HasPrefix(lower, "<!doctype html") || strings.HasPrefix(lower, "<html") {
			what = "an HTML page"
		}
		return what + " instead of JSON (is the address that of a sign-in or error page?)"
	}
	return "not JSON: " + problem
}

// kindOf names the JSON type of a value, with its article.
func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case nil:
		return "null"
	default:
		return "a number"
	}
}

// DiscoveryUniqueNames verifies that no document names a member twice.
var DiscoveryUniqueNames = New(Meta{
	ID:           "discovery.unique-names",
	Title:        "No discovery document names a member twice",
	Level:        Should,
	Requirements: []string{"rfc8259-4-unique-names"},
	Remedy:       "Write each member once; parsers disagree about which of several values counts.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	var twice, proof []string
	seen := 0
	for _, doc := range []*evidence.Document{d.SMART, d.OpenID, d.OAuth, d.Keys} {
		if _, ok := doc.Object(); !ok {
			continue
		}
		seen++
		for _, duplicate := range doc.JSON().Duplicates {
			place := fmt.Sprintf("%s of %s stands twice", cut(duplicate.Pointer), doc.Name())
			if duplicate.Different {
				place += ", with different values"
			}
			twice = append(twice, place)
			proof = append(proof, doc.Exchanges()...)
		}
	}
	switch {
	case seen == 0:
		return Skip("no document could be read")
	case len(twice) > 0:
		return Broken("each member once", few(twice), unique(proof)...)
	default:
		return Holds(fmt.Sprintf("every name once in %d documents", seen))
	}
})

// DiscoveryMediaType verifies that the SMART configuration is served as application/json.
var DiscoveryMediaType = New(Meta{
	ID:           "discovery.media-type",
	Title:        "The SMART configuration is served as application/json",
	Level:        Shall,
	Requirements: []string{"377", "380"},
	Applies:      "to live servers",
	Remedy:       "Send Content-Type: application/json, not application/fhir+json, text/plain or none.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	return mediaType(d, d.SMART, "SMART configuration")
})

// mediaType judges the media type of an answer with status 200.
func mediaType(d evidence.Discovery, doc *evidence.Document, name string) Verdict {
	switch {
	case doc == nil:
		return Skip("no " + name + " was given")
	case !d.Live:
		return Skip("needs a live server")
	case doc.Problem != "" || doc.Misdirected != "" || doc.Status != 200:
		return Skip("the " + name + " was not served with status 200")
	}
	if media := doc.Header.MediaType(); media != "application/json" {
		return Broken("Content-Type application/json", shownMedia(media), doc.Exchanges()...)
	}
	return Holds("Content-Type "+cut(doc.Header.Get("Content-Type")), doc.Exchanges()...)
}

func shownMedia(media string) string {
	if media == "" {
		return "no Content-Type"
	}
	return "Content-Type " + cut(media)
}

// DiscoveryAcceptIgnored verifies that the Accept header does not change the answer.
var DiscoveryAcceptIgnored = New(Meta{
	ID:           "discovery.accept-ignored",
	Title:        "The SMART configuration is JSON whatever Accept says",
	Level:        Shall,
	Requirements: []string{"374", "376", "377"},
	Versions:     sinceSTU2,
	Applies:      "to live servers",
	Remedy:       "Exempt the well-known path from content negotiation: no 406, no XML, no HTML.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	if _, ok := d.SMART.Object(); !ok || !d.Live {
		return Skip("needs a live server that serves a readable SMART configuration")
	}
	var t tally
	for _, v := range d.Variants {
		if v.Name == evidence.TrailingSlash {
			continue
		}
		doc := v.Document
		_, object := doc.Object()
		switch {
		case doc.Problem != "":
			t.unsure(v.Name + ": " + doc.Problem)
		case doc.Status != 200:
			t.breaks(fmt.Sprintf("%s: status %d", v.Name, doc.Status), doc.Exchanges()...)
		case !object:
			t.breaks(fmt.Sprintf("%s: %s", v.Name, describeText(&doc, "no JSON object")), doc.Exchanges()...)
		case doc.Header.MediaType() != "application/json":
			t.breaks(fmt.Sprintf("%s: %s", v.Name, shownMedia(doc.Header.MediaType())), doc.Exchanges()...)
		default:
			t.holds(doc.Exchanges()...)
		}
	}
	return t.verdict("200 application/json for every Accept header", "the same answer for every Accept header", "no variant was asked for")
})

// DiscoveryTrailingSlash verifies that a base URL written with a slash at its end works too.
var DiscoveryTrailingSlash = New(Meta{
	ID:           "discovery.trailing-slash",
	Title:        "The SMART configuration is found with a slash after the base URL",
	Level:        May,
	Requirements: []string{"30"},
	Applies:      "to live servers",
	Remedy:       "Answer {base}//.well-known/smart-configuration too, or redirect it: apps append the path to bases that users wrote with a slash at the end.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	if _, ok := d.SMART.Object(); !ok || !d.Live {
		return Skip("needs a live server that serves a readable SMART configuration")
	}
	for _, v := range d.Variants {
		if v.Name != evidence.TrailingSlash {
			continue
		}
		doc := v.Document
		if _, ok := doc.Object(); ok {
			return Holds("the same document behind a double slash", doc.Exchanges()...)
		}
		switch {
		case doc.Problem != "":
			return CannotJudge(doc.Problem, doc.Exchanges()...)
		case doc.Status >= 500 && !unavailable(doc.Status):
			return Discouraged("the document, or 404", fmt.Sprintf("%d from %s", doc.Status, doc.URL), doc.Exchanges()...)
		default:
			return Note(fmt.Sprintf("%d when the base URL is written with a slash at its end", doc.Status), doc.Exchanges()...)
		}
	}
	return Skip("the address was not asked for")
})

// DiscoveryRedirects verifies that the document is where it must be, or one safe redirect away.
var DiscoveryRedirects = New(Meta{
	ID:           "discovery.redirects",
	Title:        "Discovery does not lead away over plain http or in circles",
	Level:        Shall,
	Requirements: []string{"372", "rfc6749-1.6-tls-endpoints"},
	Applies:      "to live servers",
	Remedy:       "Serve the document at its address. If it must be elsewhere, redirect once, to https.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	switch doc := d.SMART; {
	case doc == nil || !d.Live:
		return Skip("needs a live server")
	case doc.Misdirected != "":
		return Broken("the document, at most one redirect away", doc.Misdirected, doc.Exchanges()...)
	case doc.Problem != "":
		return Skip("the server did not answer")
	case len(doc.Hops) == 0:
		return Holds("no redirect", doc.Exchanges()...)
	default:
		return Discouraged("the document at its address",
			fmt.Sprintf("%d redirects, the last one to %s", len(doc.Hops), cut(doc.Hops[len(doc.Hops)-1].Location)), doc.Exchanges()...)
	}
})

// longFreshness is a week: a document that is cached longer outlives most changes of addresses.
const longFreshness = 7 * 24 * 60 * 60

// DiscoveryFreshness reports how long the SMART configuration may be cached.
var DiscoveryFreshness = New(Meta{
	ID:           "discovery.freshness",
	Title:        "The SMART configuration may be cached for a sensible time",
	Level:        May,
	Requirements: []string{"rfc9111-5.2-freshness"},
	Applies:      "to live servers",
	Remedy:       "Send Cache-Control: max-age with minutes to a day, so that apps see new addresses and capabilities in time.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	if _, ok := d.SMART.Object(); !ok || !d.Live {
		return Skip("needs a live server that serves a readable SMART configuration")
	}
	doc := d.SMART
	raw := strings.Join(doc.Header.Values("Cache-Control"), ", ")
	switch seconds, stated := maxAge(raw); {
	case raw == "":
		return Note("no Cache-Control; apps guess how long the document holds", doc.Exchanges()...)
	case stated && seconds < 0:
		return Discouraged("max-age with a number of seconds", "Cache-Control: "+cut(raw), doc.Exchanges()...)
	case stated && seconds > longFreshness, doc.Header.Has("Cache-Control", "immutable"):
		return Discouraged("a lifetime of at most a week", "Cache-Control: "+cut(raw), doc.Exchanges()...)
	default:
		return Holds("Cache-Control: "+cut(raw), doc.Exchanges()...)
	}
})

// maxAge returns the seconds of a max-age directive; -1 when its argument is no number.
func maxAge(cacheControl string) (seconds int, stated bool) {
	for part := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		n, err := strconv.Atoi(strings.Trim(value, `"`))
		if err != nil || n < 0 {
			return -1, true
		}
		return n, true
	}
	return 0, false
}
