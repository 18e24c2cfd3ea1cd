package discovery

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/probe"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/reporters"
)

// maxBrandAnswers bounds the time for one bundle, and what it leads to, as maxAnswers does for documents.
const maxBrandAnswers = 8

// Brands reads and judges brand bundles, given by their addresses or by FHIR base URLs that lead to them.
// affiliated are the brands that they may hold; empty when that is not known.
func Brands(ctx context.Context, addresses, affiliated []string, o Options) ([]reporters.Results, error) {
	return each(ctx, addresses, maxBrandAnswers*o.Timeout, o, func(ctx context.Context, client *http.Client, address string, parallel int) (seen, *record.Recorder) {
		recorder := record.New()
		scope := recorder.Scope(evidence.BrandsKind.Name(), client)
		return seen{checks.Brands, probe.ReadBrands(ctx, scope, probe.BrandsOptions{
			Base: address, Either: true, Affiliated: affiliated, Parallel: parallel,
		})}, recorder
	})
}

// JudgeSavedBrands reads and judges a brand bundle that was saved under that name. It fails only when in
// fails.
func JudgeSavedBrands(name string, in io.Reader, o Options) (reporters.Results, error) {
	body, truncated, err := readUpTo(evidence.MaxBrandBundle, name, in)
	if err != nil {
		return reporters.Results{}, err
	}
	value := evidence.Brands{Read: time.Now(), Answer: &evidence.Document{File: name, Truncated: truncated}}
	if !truncated {
		value.Bundle = evidence.ReadBrandBundle(body)
	}
	return judgeSaved(name, "", seen{checks.Brands, value}, o), nil
}
