package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// CORSBrowser lists the checks of what a page of the app could do in a real browser.
var CORSBrowser = []Check{CORSBrowserDocuments, CORSBrowserApp, CORSBrowserErrors}

// CORSBrowserDocuments verifies that a browser lets a page read the discovery documents.
var CORSBrowserDocuments = New(Meta{
	ID:           "cors.browser-documents",
	Title:        "A page in a browser can read the SMART configuration and the capability statement",
	Level:        Shall,
	Requirements: []string{"16"},
	Versions:     sinceSTU2,
	Applies:      registeredBrowserClient,
	Remedy:       "Send one Access-Control-Allow-Origin: * with both documents, and with every redirect on the way to them.",
}, evidence.CORSBrowserKind, func(a evidence.BrowserApp) Verdict {
	return browserReads(a, evidence.BrowserReadsConfiguration, evidence.BrowserReadsStatement)
})

// CORSBrowserApp verifies that an app without a server of its own works.
var CORSBrowserApp = New(Meta{
	ID:           "cors.browser-app",
	Title:        "A page in a browser can redeem a code and read a record",
	Level:        Shall,
	Requirements: []string{"17"},
	Versions:     sinceSTU2,
	Applies:      registeredBrowserClient,
	Remedy:       "Open the app in a browser and read its console: it says which header is missing. Preflights must pass without a token, and every answer needs one Access-Control-Allow-Origin.",
}, evidence.CORSBrowserKind, func(a evidence.BrowserApp) Verdict {
	return browserReads(a, evidence.BrowserRedeemsCode, evidence.BrowserReadsPatient)
})

// CORSBrowserErrors verifies that a page learns why it was refused.
var CORSBrowserErrors = New(Meta{
	ID:           "cors.browser-errors",
	Title:        "A page in a browser can read why it is refused",
	Level:        Shall,
	Requirements: []string{"cors-error-answers"},
	Versions:     sinceSTU2,
	Applies:      registeredBrowserClient,
	Remedy:       "Send Access-Control-Allow-Origin with the error answers of the token endpoint and the FHIR server too.",
}, evidence.CORSBrowserKind, func(a evidence.BrowserApp) Verdict {
	return browserReads(a, evidence.BrowserRedeemsUnknown, evidence.BrowserReadsRefusal)
})

// browserReads judges whether the page could read the answers. A server that lets it read nothing at all may
// support no browser-based apps, and is warned.
func browserReads(a evidence.BrowserApp, names ...string) Verdict {
	const expected = "an answer that the browser lets the page read"
	var t tally
	for _, name := range names {
		step, sent := a.Step(name)
		switch {
		case !sent || step.Error == evidence.NoTokenRead:
		case busy(step.Status):
			t.unsure(fmt.Sprintf("%s: %s", name, giveUp(step.Status)))
		case name == evidence.BrowserRedeemsCode && step.Readable && !step.Granted:
			t.unsure(fmt.Sprintf("%s: the page read an answer with status %d and no token", name, step.Status))
		case step.Readable:
			t.holds()
		case !step.Reachable:
			t.unsure(fmt.Sprintf("%s: no answer came to the browser: %s", name, cut(step.Error)))
		default:
			t.breaks(fmt.Sprintf("%s: the browser says %q to a page of %s", name, cut(step.Error), a.Origin))
		}
	}
	if len(t.broken) > 0 {
		t.broken = append(t.broken, a.Complaints...)
		if !a.ReadsAnything() {
			return Discouraged(expected+", if the server supports browser-based apps", few(t.broken))
		}
	}
	return t.verdict(expected, "the page read every answer", "the page could send nothing of this")
}
