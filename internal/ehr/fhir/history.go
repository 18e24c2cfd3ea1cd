package fhir

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// maxVersions is how many versions of a record are kept besides the current one.
const maxVersions = 20

// versions returns every kept version of a record, the current one first.
func (db *records) versions(kind, id string) []resource {
	current, found := db.get(kind, id)
	if !found {
		return nil
	}
	all := append(slices.Clone(db.past[refOf(current)]), current)
	slices.Reverse(all)
	return all
}

// history answers the history of one record. Like a read it takes the letter r, and each version has to
// be one that the token may read.
func (v *visit) history(kind, id string) (response, *problem) {
	v = v.loosened(faults.FHIRHistoryOpen)
	if _, p := v.read(kind, id); p != nil {
		return response{}, p
	}
	entries := list{}
	for _, r := range v.db.versions(kind, id) {
		if v.mayRead(r) {
			entries = append(entries, versionEntry(v.Base, r))
		}
	}
	return response{status: http.StatusOK, body: object{
		"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries,
	}}, nil
}

func versionEntry(base string, r resource) object {
	method, url, status := http.MethodPut, refOf(r), "200 OK"
	if versionOf(r) == "1" {
		method, url, status = http.MethodPost, typeOf(r), "201 Created"
	}
	return object{
		"fullUrl": base + "/" + refOf(r), "resource": r, "request": object{"method": method, "url": url},
		"response": object{"status": status, "etag": etag(r), "lastModified": lastUpdatedOf(r)},
	}
}

// readVersion answers the read of one version. The token has to reach the record as it is now, too.
func (v *visit) readVersion(kind, id, version string) (response, *problem) {
	v = v.loosened(faults.FHIRHistoryOpen)
	if _, p := v.read(kind, id); p != nil {
		return response{}, p
	}
	for _, r := range v.db.versions(kind, id) {
		if versionOf(r) == version && v.mayRead(r) {
			return response{status: http.StatusOK, body: r, stored: r}, nil
		}
	}
	return response{}, problemf(http.StatusNotFound, "not-found", "%s/%.64s has no version %.20q that this access token could read.", kind, id, version)
}

// mayRead reports whether the token may read this very version of a record.
func (v *visit) mayRead(r resource) bool { return v.isOwnIdentity(refOf(r)) || v.mayOn(read, r) }

// nextVersion returns the version that a record gets when it is changed.
func nextVersion(held resource) int {
	version, _ := strconv.Atoi(versionOf(held))
	return version + 1
}
