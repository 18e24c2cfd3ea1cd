package checks

import (
	"fmt"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Brands lists the checks of User-access Brands: how the bundle is found and served, what it holds, and
// what it leads to (https://hl7.org/fhir/smart-app-launch/STU2.2/brands.html).
var Brands = slices.Concat(brandLinks, []Check{
	BrandsPublic, BrandsCollection, BrandsTimestamp, BrandsEntryUpdated, BrandsEntriesUnique,
}, brandReferences, brandOrganizations, brandEndpoints, brandAbsentData, brandTransfer)

// sinceBrands are the versions that know User-access Brands.
var sinceBrands = []Version{V2_2_0}

const applyToBundles = "to brand bundles"

// BrandsPublic verifies that anybody can fetch the bundle.
var BrandsPublic = New(Meta{
	ID:           "brands.public",
	Title:        "The brand bundle can be fetched without credentials",
	Level:        Shall,
	Requirements: []string{"brand-bundle-public"},
	Versions:     sinceBrands,
	Applies:      "to live servers that link a brand bundle",
	Remedy:       "Serve the bundle with status 200 to everybody, at a stable address.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	const expected = "200 without credentials"
	switch a := b.Answer; {
	case a == nil:
		return Skip(notLinked)
	case a.Problem != "":
		return CannotJudge(a.Problem, a.Exchanges()...)
	case a.Truncated:
		return CannotJudge(fmt.Sprintf("%s is longer than %d MiB and was not read to its end; is this the right document?",
			a.Name(), evidence.MaxBrandBundle>>20), a.Exchanges()...)
	case !b.Live:
		return Skip("needs a live server")
	case a.Misdirected != "":
		return Broken(expected, a.Misdirected, a.Exchanges()...)
	case unavailable(a.Status):
		return CannotJudge(fmt.Sprintf("%s answered %d; try again when the server is up", a.URL, a.Status), a.Exchanges()...)
	case a.Status != 200:
		return Broken(expected, fmt.Sprintf("%d from %s", a.Status, a.URL), a.Exchanges()...)
	default:
		return Holds("200 from "+a.URL, a.Exchanges()...)
	}
})

const notLinked = "no brand bundle is linked (see brands.linked)"

// unfetched says why there is no bundle to look at; "" when there is one.
func unfetched(b evidence.Brands) string {
	switch a := b.Answer; {
	case a == nil:
		return notLinked
	case a.Problem != "", a.Misdirected != "", a.Truncated, b.Live && a.Status != 200:
		return "the brand bundle could not be fetched (see brands.public)"
	default:
		return ""
	}
}

// unreadable says why the content of the bundle cannot be judged; "" when it can.
func unreadable(b evidence.Brands) string {
	if why := unfetched(b); why != "" {
		return why
	}
	if b.Bundle.Problem != "" || b.Bundle.ResourceType != "Bundle" {
		return "what was fetched is no Bundle (see brands.collection)"
	}
	return ""
}

// overBundle makes the judgement of a rule that the content of a bundle is held to. nothing says why there
// was nothing to judge.
func overBundle(expected, message, nothing string, look func(b evidence.BrandBundle, t *tally)) func(evidence.Brands) Verdict {
	return func(b evidence.Brands) Verdict {
		if why := unreadable(b); why != "" {
			return Skip(why)
		}
		t := tally{evidence: b.Exchanges(), proof: b.Exchanges()}
		look(b.Bundle, &t)
		return t.verdict(expected, message, nothing)
	}
}

// BrandsCollection verifies that the bundle is a Bundle of type collection.
var BrandsCollection = New(Meta{
	ID:           "brands.collection",
	Title:        "The brand bundle is a JSON Bundle of type collection",
	Level:        Shall,
	Requirements: []string{"brand-bundle-collection"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       `Serve {"resourceType": "Bundle", "type": "collection", …} in UTF-8; give a meta element, when there is one, its lastUpdated.`,
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	const expected = "a JSON Bundle of type collection"
	if why := unfetched(b); why != "" {
		return Skip(why)
	}
	proof := b.Exchanges()
	switch d := b.Bundle; {
	case d.Problem != "":
		return Broken(expected, d.Problem, proof...)
	case d.ResourceType != "Bundle":
		return Broken(expected, fmt.Sprintf("resourceType %q", cut(d.ResourceType)), proof...)
	case d.Type != "collection":
		return Broken(expected, fmt.Sprintf("a Bundle of type %q", cut(d.Type)), proof...)
	case len(d.Flaws) > 0:
		return Broken("a text in UTF-8", few(d.Flaws), proof...)
	case d.Meta && d.LastUpdated == "":
		return Broken("meta.lastUpdated, where there is a meta", "a meta without it", proof...)
	case len(d.Brands)+len(d.Endpoints) == 0:
		return Discouraged("brands and endpoints", "neither an Organization nor an Endpoint among the entries", proof...)
	default:
		return Holds(fmt.Sprintf("%d brands and %d endpoints", len(d.Brands), len(d.Endpoints)), proof...)
	}
})

// clockSkew is how far clocks may differ before a time counts as one of the future.
const clockSkew = 10 * time.Minute

// BrandsTimestamp verifies that the bundle tells when it was last changed.
var BrandsTimestamp = New(Meta{
	ID:           "brands.timestamp",
	Title:        "Bundle.timestamp tells when the content was last changed",
	Level:        Shall,
	Requirements: []string{"398", "418"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Write the time of the last change to Bundle.timestamp as an instant, such as 2025-09-01T08:00:00Z; it cannot be earlier than the last change of an entry.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	const expected = "Bundle.timestamp with the instant of the last change"
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	proof, text := b.Exchanges(), b.Bundle.Timestamp
	stamp, ok := instant(text)
	late, entry := latest(b.Bundle)
	switch {
	case text == "":
		return Broken(expected, "no timestamp", proof...)
	case !ok:
		return Broken(expected, fmt.Sprintf("%q, which is no instant", cut(text)), proof...)
	case stamp.After(b.Read.Add(clockSkew)):
		return Broken(expected, fmt.Sprintf("%s, which was in the future when the bundle was read", text), proof...)
	case late.Truncate(time.Second).After(stamp):
		return Broken(expected, fmt.Sprintf("%s, but %s was changed at %s", text, entry, late.Format(time.RFC3339)), proof...)
	default:
		return Holds("changed at "+text, proof...)
	}
})

// instant parses a FHIR instant: a time with seconds and a zone.
func instant(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// latest returns when the last entry was changed, and which it is.
func latest(d evidence.BrandBundle) (at time.Time, name string) {
	for kind, entry := range entries(d) {
		if changed, ok := instant(entry.LastUpdated); ok && changed.After(at) {
			at, name = changed, called(kind, entry)
		}
	}
	return at, name
}

// entries are the brands and endpoints of a bundle, each with its resource type.
func entries(d evidence.BrandBundle) func(yield func(string, evidence.BrandEntry) bool) {
	return func(yield func(string, evidence.BrandEntry) bool) {
		for _, brand := range d.Brands {
			if !yield("Organization", brand.BrandEntry) {
				return
			}
		}
		for _, endpoint := range d.Endpoints {
			if !yield("Endpoint", endpoint.BrandEntry) {
				return
			}
		}
	}
}

// called names an entry for people.
func called(kind string, e evidence.BrandEntry) string {
	switch {
	case e.ID != "":
		return kind + "/" + cut(e.ID)
	case e.FullURL != "":
		return cut(e.FullURL)
	default:
		return fmt.Sprintf("%s %q", kind, cut(e.Name))
	}
}

func brandCalled(b evidence.Brand) string { return called("Organization", b.BrandEntry) }

func endpointCalled(e evidence.BrandEndpoint) string { return called("Endpoint", e.BrandEntry) }

// BrandsEntryUpdated verifies that a publisher that tracks changes of entries tells them of all.
var BrandsEntryUpdated = New(Meta{
	ID:           "brands.entry-updated",
	Title:        "Entries tell when they were last changed, where the publisher tracks it",
	Level:        Should,
	Requirements: []string{"399", "419"},
	Versions:     sinceBrands,
	Applies:      "to brand bundles in which any entry has meta.lastUpdated",
	Remedy:       "Write meta.lastUpdated, as an instant, to every Organization and Endpoint.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	t := tally{evidence: b.Exchanges(), proof: b.Exchanges()}
	tracked := false
	for kind, entry := range entries(b.Bundle) {
		_, ok := instant(entry.LastUpdated)
		switch {
		case ok:
			t.holds()
		case entry.LastUpdated == "":
			t.breaks(called(kind, entry) + " has none")
		default:
			t.breaks(fmt.Sprintf("%s has %q, which is no instant", called(kind, entry), cut(entry.LastUpdated)))
		}
		tracked = tracked || entry.LastUpdated != ""
	}
	if !tracked {
		return Note("no entry has meta.lastUpdated; apps compare the whole bundle", b.Exchanges()...)
	}
	return t.verdict("meta.lastUpdated in every entry", "every entry has meta.lastUpdated", "there are no entries")
})

// BrandsEntriesUnique verifies that no two entries go by the same name.
var BrandsEntriesUnique = New(Meta{
	ID:           "brands.entries-unique",
	Title:        "No two entries of the brand bundle have the same fullUrl",
	Level:        Shall,
	Requirements: []string{"brand-entries-unique"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Publish each resource once, under a fullUrl of its own (bdl-7 of FHIR R4).",
}, evidence.BrandsKind, overBundle("each fullUrl once", "every entry has a name of its own", "there are no entries",
	func(d evidence.BrandBundle, t *tally) {
		seen := map[string]bool{}
		for kind, entry := range entries(d) {
			name := entry.FullURL
			if name == "" {
				name = kind + "/" + entry.ID
			}
			switch {
			case name == kind+"/":
				t.breaks(called(kind, entry) + " has neither fullUrl nor id")
			case seen[name]:
				t.breaks(cut(name) + " stands twice")
			default:
				t.holds()
			}
			seen[name] = true
		}
	}))

// web parses an absolute https URL.
func web(address string) bool {
	u, ok := absolute(address)
	return ok && u.Scheme == "https"
}
