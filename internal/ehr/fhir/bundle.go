package fhir

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// maxEntries bounds a batch or transaction.
const maxEntries = 50

// bundleEntry is one entry of a batch or transaction.
type bundleEntry struct {
	fullURL string
	request
}

// bundle runs a batch or transaction, every entry on its own authority (SMART App Launch 2.2, scopes,
// "Batches and Transactions"). The caller holds the write lock.
func (s *server) bundle(who caller, body resource) (response, *problem) {
	kind := text(body, "type")
	if !s.release.full || typeOf(body) != "Bundle" || kind != "batch" && kind != "transaction" {
		return response{}, problemf(http.StatusBadRequest, "invalid", "POST to the base takes a Bundle of type batch or transaction.")
	}
	entries, p := entriesOf(body)
	if p != nil {
		return response{}, p
	}
	run := s.batch
	if kind == "transaction" {
		run = s.transaction
	}
	answers, p := run(who, entries)
	if p != nil {
		return response{}, p
	}
	out := object{"resourceType": "Bundle", "type": kind + "-response"}
	if len(answers) > 0 {
		out["entry"] = answers
	}
	return response{status: http.StatusOK, body: out}, nil
}

// batch does each entry independently of the others.
func (s *server) batch(who caller, entries []bundleEntry) (list, *problem) {
	v := s.visitInBundle(who, s.records)
	answers := list{}
	for _, e := range entries {
		answer, p := v.interact(e.request)
		if p != nil && p.status == http.StatusForbidden && s.has(faults.FHIRBatchAllOrNothing) {
			return nil, p
		}
		answers = append(answers, answerEntry(answer, p))
	}
	return answers, nil
}

// visitInBundle is the visit of the entries of a bundle: like any other, unless the server has a defect.
func (s *server) visitInBundle(who caller, db *records) *visit {
	v := s.visit(who, db).loosened(faults.FHIRBatchOpen)
	if s.has(faults.FHIRBatchUnchecked) {
		everything, _ := scope.Parse("system/*.cruds")
		v.rules = []rule{{everything, reach{everyone: true}}}
	}
	return v
}

// transaction does all entries or none, in the order DELETE, POST, PUT, GET. References to the fullUrl
// of an entry that creates become references to what it created.
func (s *server) transaction(who caller, entries []bundleEntry) (list, *problem) {
	draft := s.records.clone()
	v := s.visitInBundle(who, draft)
	v.promised = map[string]bool{}
	created := map[string]string{}
	for i, e := range entries {
		if e.method == http.MethodPost && len(e.path) == 1 {
			entries[i].newID = draft.newID()
			reference := e.path[0] + "/" + entries[i].newID
			v.promised[reference] = true
			if strings.HasPrefix(e.fullURL, "urn:uuid:") {
				created[e.fullURL] = reference
			}
		}
	}
	resolve := func(reference string) string {
		if to, ok := created[reference]; ok {
			return to
		}
		return reference
	}
	answers := make(list, len(entries))
	for _, i := range transactionOrder(entries) {
		e := entries[i]
		if e.body != nil {
			e.body = rereferenced(e.body, resolve).(object)
		}
		answer, p := v.interact(e.request)
		if p != nil {
			p.text = "Entry " + strconv.Itoa(i) + ": " + p.text
			return nil, p
		}
		answers[i] = answerEntry(answer, nil)
	}
	s.records = draft
	return answers, nil
}

// transactionOrder returns the positions of the entries in the order in which FHIR wants them done.
func transactionOrder(entries []bundleEntry) []int {
	rank := map[string]int{http.MethodDelete: 0, http.MethodPost: 1, http.MethodPut: 2, http.MethodGet: 3}
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[entries[a].method] - rank[entries[b].method] })
	return order
}

func entriesOf(body resource) ([]bundleEntry, *problem) {
	items, _ := body["entry"].(list)
	if len(items) > maxEntries {
		return nil, problemf(http.StatusRequestEntityTooLarge, "too-costly", "The bundle has %d entries; this server takes %d.", len(items), maxEntries)
	}
	entries := make([]bundleEntry, 0, len(items))
	for i, item := range items {
		e, p := entryOf(item)
		if p != nil {
			p.text = "Entry " + strconv.Itoa(i) + ": " + p.text
			return nil, p
		}
		entries = append(entries, e)
	}
	return entries, nil
}

var batchMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}

func entryOf(item any) (bundleEntry, *problem) {
	o, _ := item.(object)
	asked, _ := o["request"].(object)
	method := text(asked, "method")
	if !slices.Contains(batchMethods, method) {
		return bundleEntry{}, problemf(http.StatusBadRequest, "invalid", "request.method is %.16q; this server takes %s.", method, strings.Join(batchMethods, ", "))
	}
	target, err := url.Parse(text(asked, "url"))
	if err != nil || target.Path == "" || target.IsAbs() || target.Host != "" || len(target.RawQuery) > maxQuery {
		return bundleEntry{}, problemf(http.StatusBadRequest, "invalid", "request.url has to be relative to the base.")
	}
	query, err := url.ParseQuery(target.RawQuery)
	if err != nil || query.Has(tokenParameter) {
		return bundleEntry{}, problemf(http.StatusBadRequest, "invalid", "request.url has a query that this server does not take.")
	}
	for _, conditional := range slices.Sorted(maps.Keys(asked)) {
		if slices.Contains([]string{"ifNoneExist", "ifNoneMatch", "ifModifiedSince"}, conditional) {
			return bundleEntry{}, problemf(http.StatusBadRequest, "not-supported", "request.%s is not supported.", conditional)
		}
	}
	body, _ := o["resource"].(object)
	return bundleEntry{text(o, "fullUrl"), request{
		method: method, path: segments(target.Path), query: query, body: body, ifMatch: text(asked, "ifMatch"),
	}}, nil
}

// answerEntry is the response entry of one interaction.
func answerEntry(a response, p *problem) object {
	if p != nil {
		return object{"response": object{"status": status(p.status), "outcome": p.outcome()}}
	}
	answer := object{"status": status(a.status)}
	if a.location != "" {
		answer["location"] = a.location
	}
	if a.stored != nil {
		answer["etag"], answer["lastModified"] = etag(a.stored), lastUpdatedOf(a.stored)
	}
	out := object{"response": answer}
	if a.body != nil {
		out["resource"] = a.body
	}
	return out
}

func status(code int) string { return strconv.Itoa(code) + " " + http.StatusText(code) }
