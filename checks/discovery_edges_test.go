package checks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// soundEdges is what a server shows that serves discovery well to everybody.
func soundEdges(t *testing.T) evidence.DiscoveryEdges {
	t.Helper()
	plain := *live(t).SMART
	plain.Header["Etag"] = []string{`"1"`}
	d := evidence.DiscoveryEdges{Plain: plain, Sibling: &plain}
	for _, name := range []string{evidence.EdgeHead, evidence.EdgeUnchanged, evidence.EdgeGzip, evidence.EdgeUncoded, evidence.EdgeQuery,
		evidence.EdgeCapitals, evidence.EdgeBearer, evidence.EdgeBasic, evidence.EdgeUnspeakable} {
		doc := plain
		doc.Header = maps.Clone(plain.Header)
		switch name {
		case evidence.EdgeHead:
			doc.Text = ""
		case evidence.EdgeUnchanged:
			doc.Status, doc.Text = 304, ""
		case evidence.EdgeCapitals:
			doc.Status = 404
		case evidence.EdgeGzip:
			doc.Header["Content-Encoding"] = []string{"gzip"}
		}
		d.Variants = append(d.Variants, evidence.DocumentVariant{Name: name, Document: doc})
	}
	return d
}

func TestDiscoveryAtTheEdges(t *testing.T) {
	type statusOf = map[string]checks.Status
	spoil := func(name string, change func(*evidence.Document)) func(*evidence.DiscoveryEdges) {
		return func(d *evidence.DiscoveryEdges) {
			for i := range d.Variants {
				if d.Variants[i].Name == name {
					change(&d.Variants[i].Document)
				}
			}
		}
	}
	status := func(code int) func(*evidence.Document) { return func(d *evidence.Document) { d.Status = code } }
	other := func(d *evidence.Document) { d.Text = `{"token_endpoint":"https://old.example/token"}` }
	sibling := func(raw string) func(*evidence.DiscoveryEdges) {
		return func(d *evidence.DiscoveryEdges) { doc := text(raw); d.Sibling = &doc }
	}
	for name, c := range map[string]struct {
		change func(*evidence.DiscoveryEdges)
		want   statusOf
	}{
		"a sound server":              {func(*evidence.DiscoveryEdges) {}, statusOf{}},
		"a token is looked at":        {spoil(evidence.EdgeBearer, status(401)), statusOf{"discovery.any-authorization": checks.Warned}},
		"another document with Basic": {spoil(evidence.EdgeBasic, other), statusOf{"discovery.any-authorization": checks.Warned}},
		"too much to do":              {spoil(evidence.EdgeBearer, status(503)), statusOf{"discovery.any-authorization": checks.Undecided}},
		"no HEAD":                     {spoil(evidence.EdgeHead, status(405)), statusOf{"discovery.head": checks.Warned}},
		"HEAD of another type": {spoil(evidence.EdgeHead, func(d *evidence.Document) { d.Header["Content-Type"] = []string{"text/html"} }),
			statusOf{"discovery.head": checks.Warned}},
		"HEAD without the ETag":  {spoil(evidence.EdgeHead, func(d *evidence.Document) { delete(d.Header, "Etag") }), statusOf{}},
		"sent again":             {spoil(evidence.EdgeUnchanged, status(200)), statusOf{"discovery.not-modified": checks.Warned}},
		"gzip that nobody wants": {spoil(evidence.EdgeUncoded, func(d *evidence.Document) { d.Header["Content-Encoding"] = []string{"gzip"} }), statusOf{"discovery.content-coding": checks.Warned}},
		"brotli for gzip":        {spoil(evidence.EdgeGzip, func(d *evidence.Document) { d.Header["Content-Encoding"] = []string{"br"} }), statusOf{"discovery.content-coding": checks.Warned}},
		"a query refused":        {spoil(evidence.EdgeQuery, status(400)), statusOf{"discovery.address-variants": checks.Warned}},
		"no sibling":             {func(d *evidence.DiscoveryEdges) { d.Sibling = nil }, statusOf{"discovery.sibling-base": checks.Skipped, "discovery.siblings-agree": checks.Skipped}},
		"a sibling of another issuer": {sibling(`{"issuer":"https://other.example"}`),
			statusOf{"discovery.siblings-agree": checks.Skipped}},
		"a sibling with an issuer of a wrong type": {sibling(`{"issuer":["https://auth.north.example/t1"]}`),
			statusOf{"discovery.siblings-agree": checks.Skipped}},
		"a sibling with other endpoints": {sibling(`{"issuer":"https://auth.north.example/t1","token_endpoint":"https://old.example/token"}`),
			statusOf{"discovery.siblings-agree": checks.Warned}},
		"no document at all": {func(d *evidence.DiscoveryEdges) { d.Plain.Status, d.Variants = 404, nil }, statusOf{
			"discovery.any-authorization": checks.Skipped, "discovery.head": checks.Skipped, "discovery.not-modified": checks.Skipped,
			"discovery.content-coding": checks.Skipped, "discovery.address-variants": checks.Skipped,
			"discovery.sibling-base": checks.Skipped, "discovery.siblings-agree": checks.Skipped,
		}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			g := NewWithT(t)
			d := soundEdges(t)
			c.change(&d)
			raw, err := json.Marshal(d)
			g.Expect(err).NotTo(HaveOccurred())
			found := statusOf{}
			for _, check := range checks.DiscoveryEdges {
				f := check.Judge(evidence.Record{Kind: check.Kind(), Value: json.RawMessage(raw)}, checks.Options{Version: checks.V2_2_0})
				if f.Status != checks.Passed && f.Status != checks.Noted {
					found[check.ID] = f.Status
				}
			}
			g.Expect(found).To(Equal(c.want))
		})
	}
}

// TestOddMembersChangeNoVerdict adds members that no specification knows, in all shapes and many of them.
func TestOddMembersChangeNoVerdict(t *testing.T) {
	odd := []string{
		`"x-null": null`, `"x-number": 1e308`, `"x-digits": "42"`, `"x-long": 123456789012345678901234567890`,
		`"x-empty": {}`, `"x-none": []`, `"": "no name"`, `"x-mixed": [1, "1", null, true, {"x": []}]`,
		`"x-nested": ` + strings.Repeat("[", 50) + strings.Repeat("]", 50), `"x-text": "` + strings.Repeat("é", 50000) + `"`,
	}
	for i := range 20000 {
		odd = append(odd, fmt.Sprintf(`"x-member-%d": %d`, i, i))
	}
	for _, version := range checks.Versions {
		d := live(t)
		with := d
		doc := *d.SMART
		doc.Text = strings.TrimRight(strings.TrimSpace(doc.Text), "}") + ", " + strings.Join(odd, ", ") + "}"
		fresh := text(doc.Text)
		fresh.Header, fresh.Exchange = doc.Header, doc.Exchange
		with.SMART = &fresh
		with.Variants = slices.Clone(d.Variants)
		for i := range with.Variants {
			with.Variants[i].Document = fresh
		}
		before, after := judgeDiscovery(d, checks.Options{Version: version}), judgeDiscovery(with, checks.Options{Version: version})
		for i := range before {
			NewWithT(t).Expect(after[i].Status).To(Equal(before[i].Status), "%s %s: %s", version, before[i].Check, after[i].Message)
		}
	}
}
