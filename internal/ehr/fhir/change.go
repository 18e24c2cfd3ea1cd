package fhir

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// create stores a new record under an id of the server's choice.
func (v *visit) create(kind string, req request) (response, *problem) {
	if !v.may(create, kind) {
		return response{}, v.forbidden(create, kind)
	}
	if p := v.check(kind, req.body); p != nil {
		return response{}, p
	}
	if v.db.full() {
		return response{}, tooMany()
	}
	id := req.newID
	if id == "" {
		id = v.db.newID()
	}
	r := v.stamp(req.body, id, 1)
	if !v.mayOn(create, r) {
		return response{}, v.notCovered()
	}
	v.put(r)
	return v.stored(http.StatusCreated, r, req), nil
}

// update replaces a record, or makes the one that does not exist yet: the letter u covers both (SMART App
// Launch 2.2, scopes, "Scopes for requesting FHIR Resources"). A record that the token does not reach is
// answered as if it could not be found. The scopes have to cover it before and after.
func (v *visit) update(kind, id string, req request) (response, *problem) {
	if !v.may(update, kind) {
		return response{}, v.forbidden(update, kind)
	}
	if p := v.check(kind, req.body); p != nil {
		return response{}, p
	}
	if idOf(req.body) != id {
		return response{}, problemf(http.StatusBadRequest, "invalid", "The id in the body is %.64q; the URL says %.64q.", idOf(req.body), id)
	}
	held, found := v.db.get(kind, id)
	if !found {
		return v.createAs(kind, id, req)
	}
	if !v.mayOn(update, held) {
		return response{}, notFound(kind, id)
	}
	if p := unchanged(held, req); p != nil {
		return response{}, p
	}
	r := v.stamp(req.body, id, nextVersion(held))
	if !v.mayOn(update, r) {
		return response{}, v.insufficientScope("", "No scope of this access token covers the record after the update: it would be of another patient, or of another category.")
	}
	v.put(r)
	return v.stored(http.StatusOK, r, req), nil
}

// createAs stores a new record under the id that the client chose.
func (v *visit) createAs(kind, id string, req request) (response, *problem) {
	switch {
	case v.has(faults.FHIRUpdateCreateRefused) && !v.may(create, kind):
		return response{}, v.forbidden(create, kind)
	case req.ifMatch != "":
		return response{}, problemf(http.StatusPreconditionFailed, "conflict", "There is no %s/%.64s to compare If-Match with.", kind, id)
	case !idPattern.MatchString(id):
		return response{}, problemf(http.StatusBadRequest, "invalid", "%.64q is no id.", id)
	case v.db.full():
		return response{}, tooMany()
	}
	r := v.stamp(req.body, id, 1)
	if !v.mayOn(update, r) {
		return response{}, v.notCovered()
	}
	v.put(r)
	return v.stored(http.StatusCreated, r, req), nil
}

func tooMany() *problem {
	return problemf(http.StatusInsufficientStorage, "too-costly", "This base holds its limit of %d resources; delete some.", maxRecords)
}

func (v *visit) notCovered() *problem {
	return v.insufficientScope("", "No scope of this access token covers this record: it is of another patient, or of another category.")
}

// delete removes a record to which no other refers.
func (v *visit) delete(kind, id string, req request) (response, *problem) {
	if !v.may(remove, kind) {
		return response{}, v.forbidden(remove, kind)
	}
	held, found := v.db.get(kind, id)
	if !found || !v.mayOn(remove, held) {
		return response{}, notFound(kind, id)
	}
	if p := unchanged(held, req); p != nil {
		return response{}, p
	}
	if _, referred := v.db.referrer(refOf(held)); referred {
		return response{}, problemf(http.StatusConflict, "conflict", "Other resources refer to %s/%s.", kind, id)
	}
	v.db.remove(kind, id)
	clear(v.linked)
	return response{status: http.StatusNoContent}, nil
}

// check reports what keeps a resource from being stored: its type, its size, or a reference to nothing.
// References into the resource itself, such as "#contained", are the client's affair.
func (v *visit) check(kind string, body resource) *problem {
	d, known := define(kind)
	if !known {
		return unknownType(kind)
	}
	if body == nil || typeOf(body) != kind {
		return problemf(http.StatusBadRequest, "invalid", "The body is no %s.", kind)
	}
	if encoded, err := json.Marshal(body); err != nil || len(encoded) > maxResource {
		return problemf(http.StatusRequestEntityTooLarge, "too-long", "This server stores resources of up to %d bytes.", maxResource)
	}
	for _, reference := range references(body) {
		if relative := v.relative(reference); !strings.HasPrefix(relative, "#") && !v.db.has(relative) && !v.promised[relative] {
			return problemf(http.StatusUnprocessableEntity, "not-found", "The body refers to %.80q, which is not on this server.", reference)
		}
	}
	if d.patient == "" {
		return nil
	}
	if kindOf, _, _ := splitReference(v.relative(first(at(body, d.patient+".reference")))); kindOf != "Patient" {
		return problemf(http.StatusUnprocessableEntity, "required", "%s.%s has to refer to a Patient.", kind, d.patient)
	}
	return nil
}

// stamp returns the record as it is stored: with the server's id and meta, and with relative references.
func (v *visit) stamp(body resource, id string, version int) resource {
	relative := rereferenced(body, v.relative).(object)
	return stamped(relative, id, strconv.Itoa(version), v.Now().UTC().Format(time.RFC3339))
}

func (v *visit) put(r resource) {
	v.db.put(r)
	clear(v.linked)
}

// stored is the answer to a write, with the record unless the client prefers none.
func (v *visit) stored(status int, r resource, req request) response {
	answer := response{status: status, body: r, stored: r}
	if status == http.StatusCreated {
		answer.location = v.Base + "/" + refOf(r)
	}
	if req.preference("return") == "minimal" {
		answer.body = nil
	}
	return answer
}

// unchanged holds a write to the version that If-Match names, when it does.
func unchanged(held resource, req request) *problem {
	if req.ifMatch == "" || req.ifMatch == "*" || req.ifMatch == etag(held) {
		return nil
	}
	return problemf(http.StatusPreconditionFailed, "conflict", "The resource is at version %s by now.", etag(held))
}
