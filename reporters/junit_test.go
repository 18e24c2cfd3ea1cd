package reporters_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

func junitCases() map[string]reporters.Results {
	return map[string]reporters.Results{
		"sample":  sample(),
		"hostile": hostile(),
		"empty":   reporters.NewResults(run(), nil, nil),
		"skipped": reporters.NewResults(run(), []checks.Finding{
			{
				Check: "token.pragma", Area: "token", Level: checks.Shall, Title: "Token responses carry Pragma: no-cache",
				Status: checks.Skipped, Reason: "not configured", Message: "not configured",
			},
		}, nil),
	}
}

func TestJUnitFitsTheSchema(t *testing.T) {
	schema, err := loadXSD("testdata/junit.xsd")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range junitCases() {
		t.Run(name, func(t *testing.T) {
			raw := asJUnit(t, r)
			if err := schema.validate(raw); err != nil {
				t.Errorf("%v in\n%.2000s", err, raw)
			}
			if out, ok := xmllint(t, raw); !ok {
				t.Error(out)
			}
		})
	}
}

func TestJUnitIsReadByAnIndependentReader(t *testing.T) {
	g := NewWithT(t)
	r := sample()
	suites, err := junit.Ingest(asJUnit(t, r))
	g.Expect(err).NotTo(HaveOccurred())

	var total junit.Totals
	byName := map[string]junit.Test{}
	var names []string
	for _, suite := range suites {
		names = append(names, suite.Name)
		suite.Aggregate()
		total.Tests += suite.Totals.Tests
		total.Passed += suite.Totals.Passed
		total.Failed += suite.Totals.Failed
		total.Error += suite.Totals.Error
		total.Skipped += suite.Totals.Skipped
		for _, test := range suite.Tests {
			g.Expect(test.Classname).To(Equal("smartcheck." + suite.Name))
			byName[test.Name] = test
		}
	}
	g.Expect(names).To(Equal([]string{"authorize", "discovery", "token"}))
	g.Expect(total).To(Equal(junit.Totals{Tests: 6, Passed: 3, Failed: 1, Error: 1, Skipped: 1}), "warn and info pass")
	g.Expect(byName).To(HaveLen(len(r.Findings)))
	for _, f := range r.Findings {
		g.Expect(byName).To(HaveKey(f.Check + ": " + f.Title))
	}

	failed := byName["token.code-single-use: An authorization code is accepted once"]
	g.Expect(failed.Error).To(BeAssignableToTypeOf(junit.Error{}))
	failure := failed.Error.(junit.Error)
	g.Expect(failure.Type).To(Equal("SHALL"))
	g.Expect(failure.Message).To(ContainSubstring("observed 200 with a new access token"))
	g.Expect(failure.Body).To(And(
		ContainSubstring("expected      400 invalid_grant"), ContainSubstring("remedy        Delete or mark"),
		ContainSubstring("https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2")))
	g.Expect(failed.SystemOut).To(ContainSubstring(`"access_token": "[token 2]"`))
	g.Expect(failed.Duration).To(Equal(2220 * time.Millisecond))

	skipped := byName["authorize.post: The authorization endpoint accepts POST"]
	g.Expect(skipped.Message).To(Equal("the server does not claim authorize-post"))
	warned := byName["token.pragma: Token responses carry Pragma: no-cache"]
	g.Expect(warned.SystemOut).To(HavePrefix("warning: expected Pragma"))
}

func TestJUnitOfNothingIsAnError(t *testing.T) {
	for _, name := range []string{"empty", "skipped"} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			suites, err := junit.Ingest(asJUnit(t, junitCases()[name]))
			g.Expect(err).NotTo(HaveOccurred())
			last := suites[len(suites)-1]
			g.Expect(last.Name).To(Equal("run"))
			g.Expect(last.Tests[0].Status).To(Equal(junit.StatusError))
			g.Expect(last.Tests[0].Error.Error()).To(ContainSubstring("The target was not judged"))
		})
	}
}

func TestJUnitBoundsWhatAServerSent(t *testing.T) {
	finding := sample().Findings[4]
	finding.Evidence = []string{"a#1"}
	one := func(e evidence.Exchange) string {
		e.ID = "a#1"
		return string(asJUnit(t, reporters.NewResults(run(), []checks.Finding{finding}, []evidence.Exchange{e})))
	}
	t.Run("body", func(t *testing.T) {
		g := NewWithT(t)
		got := one(evidence.Exchange{Response: &evidence.Response{Body: "beginning " + strings.Repeat("\x80", 1<<20)}})
		g.Expect(len(got)).To(BeNumerically("<", 32<<10))
		g.Expect(got).To(And(ContainSubstring("beginning"), MatchRegexp(`… \(\d+ more bytes\)`)))
	})
	t.Run("header fields", func(t *testing.T) {
		g := NewWithT(t)
		got := one(evidence.Exchange{Response: &evidence.Response{Header: evidence.Headers{"X": make([]string, 5000)}}})
		g.Expect(len(got)).To(BeNumerically("<", 8<<10))
		g.Expect(got).To(ContainSubstring("and 4950 more header fields"))
	})
	t.Run("exchanges", func(t *testing.T) {
		g := NewWithT(t)
		finding.Evidence = nil
		var exchanges []evidence.Exchange
		for i := range 1000 {
			id := fmt.Sprintf("a#%d", i)
			finding.Evidence = append(finding.Evidence, id)
			exchanges = append(exchanges, evidence.Exchange{ID: id, Request: evidence.Request{Body: strings.Repeat("x", 1000)}})
		}
		got := string(asJUnit(t, reporters.NewResults(run(), []checks.Finding{finding}, exchanges)))
		g.Expect(len(got)).To(BeNumerically("<", 64<<10))
		g.Expect(got).To(MatchRegexp(`\n9\d\d more exchanges are in results.json`))
	})
}

func asJUnit(t *testing.T, r reporters.Results) []byte {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(reporters.WriteJUnit(&out, r)).To(Succeed())
	return out.Bytes()
}
