package fhir

import (
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// serve runs one HTTP request against the records, under the lock that it needs.
func (s *server) serve(who caller, req request) (response, *problem) {
	if len(req.path) == 0 && req.method == http.MethodPost {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.bundle(who, req.body)
	}
	if req.method == http.MethodGet || req.isSearchByPost() {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	return s.visit(who, s.records).interact(req)
}

// interact does one interaction: an HTTP request, or an entry of a batch. Whether the token allows it
// comes before whether the server knows what it names.
func (v *visit) interact(req request) (response, *problem) {
	if len(req.path) == 0 {
		if req.method != http.MethodGet {
			return response{}, methodNotAllowed(req.method, "POST")
		}
		return response{}, problemf(http.StatusNotFound, "not-supported", "This server does not search all types at once.")
	}
	kind := req.path[0]
	if !typePattern.MatchString(kind) {
		return response{}, problemf(http.StatusNotFound, "not-found", "There is nothing at %.64q.", kind)
	}
	if !v.release.full && !(len(req.path) == 2 && req.method == http.MethodGet && kind == "Patient") {
		return response{}, problemf(http.StatusNotFound, "not-supported", "The %s base answers metadata and reads of Patient only.", v.release.name)
	}
	switch {
	case len(req.path) == 1:
		return v.choose(req, verbs{
			http.MethodGet:  func() (response, *problem) { return v.search(kind, req) },
			http.MethodPost: func() (response, *problem) { return v.create(kind, req) },
		})
	case len(req.path) == 2 && req.path[1] == "_search":
		return v.choose(req, verbs{
			http.MethodPost: func() (response, *problem) { return v.search(kind, req) },
		})
	case req.path[len(req.path)-1] == "$everything" && len(req.path) <= 3 && kind == "Patient":
		return v.choose(req, verbs{
			http.MethodGet: func() (response, *problem) { return v.everything(req.path[1 : len(req.path)-1]) },
		})
	case len(req.path) == 2:
		id := req.path[1]
		return v.choose(req, verbs{
			http.MethodGet:    func() (response, *problem) { return v.read(kind, id) },
			http.MethodPut:    func() (response, *problem) { return v.update(kind, id, req) },
			http.MethodDelete: func() (response, *problem) { return v.delete(kind, id, req) },
		})
	case len(req.path) == 3 && req.path[2] == "_history":
		return v.choose(req, verbs{
			http.MethodGet: func() (response, *problem) { return v.history(kind, req.path[1]) },
		})
	case len(req.path) == 4 && req.path[2] == "_history":
		return v.choose(req, verbs{
			http.MethodGet: func() (response, *problem) { return v.readVersion(kind, req.path[1], req.path[3]) },
		})
	case len(req.path) == 3 && kind == "Patient" && typePattern.MatchString(req.path[2]):
		return v.choose(req, verbs{
			http.MethodGet: func() (response, *problem) { return v.compartment(req.path[1], req.path[2], req) },
		})
	}
	return response{}, problemf(http.StatusNotFound, "not-supported", "This server does not know the operation %.64q.", req.path[len(req.path)-1])
}

// verbs are the methods of one path.
type verbs map[string]func() (response, *problem)

func (v *visit) choose(req request, known verbs) (response, *problem) {
	if do, ok := known[req.method]; ok {
		return do()
	}
	allow := "OPTIONS"
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if known[method] != nil {
			allow += ", " + method
		}
	}
	return response{}, methodNotAllowed(req.method, allow)
}

// read answers a read. A patient whom the token does not reach is refused; any other record that it
// does not reach is answered as if it were not there. Both hold whether or not the record exists.
func (v *visit) read(kind, id string) (response, *problem) {
	own := v.isOwnIdentity(kind + "/" + id)
	if !own && !v.may(read, kind) {
		return response{}, v.forbidden(read, kind)
	}
	if _, known := define(kind); !known {
		return response{}, unknownType(kind)
	}
	if !own && kind == "Patient" && !v.reaches(read, id) {
		return response{}, v.insufficientScope("", "This access token does not reach that patient.")
	}
	r, found := v.db.get(kind, id)
	if found && patientOf(r) == "" && v.caller.Patient != "" && v.has(faults.FHIRLinkedCrash) {
		return response{}, problemf(http.StatusInternalServerError, "exception", "The record has no patient.")
	}
	if !found || !own && !v.mayOn(read, r) {
		return response{}, notFound(kind, id)
	}
	return response{status: http.StatusOK, body: v.release.shape(r), stored: r}, nil
}

// reaches reports whether a scope that allows the interaction on patients reaches the one with that id.
func (v *visit) reaches(letter, id string) bool {
	return slices.ContainsFunc(v.rules, func(rule rule) bool {
		everyone := rule.reach.everyone && !rule.reach.shutOutOf(v.db.byType["Patient"][id])
		return rule.Allows(letter, "Patient") && (v.loose || everyone || id != "" && rule.reach.patient == id)
	})
}

func notFound(kind, id string) *problem {
	return problemf(http.StatusNotFound, "not-found", "%s/%.64s is not known, or not within reach of this access token.", kind, id)
}

// everything answers Patient/$everything for the patient with that id, or for all whom the token
// reaches. It takes a scope that reads patients; what else comes is what the token could search for.
func (v *visit) everything(ids []string) (response, *problem) {
	v = v.loosened(faults.FHIREverythingOpen)
	if !v.may(read, "Patient") {
		return response{}, v.forbidden(read, "Patient")
	}
	wanted := map[string]bool{}
	entries := list{}
	for _, r := range v.db.all("Patient") {
		if (len(ids) == 0 || idOf(r) == ids[0]) && v.mayOn(read, r) {
			wanted[idOf(r)] = true
			entries = append(entries, v.entry(r, "match"))
		}
	}
	if len(ids) > 0 && len(wanted) == 0 {
		_, p := v.read("Patient", ids[0])
		if p == nil {
			p = notFound("Patient", ids[0])
		}
		return response{}, p
	}
	referred := map[string]bool{}
	for id := range wanted {
		for reference := range v.linksOf(id) {
			referred[reference] = true
		}
	}
	for _, d := range definitions {
		for _, r := range v.db.all(d.name) {
			belongs := wanted[patientOf(r)] || patientOf(r) == "" && referred[refOf(r)]
			if d.name != "Patient" && belongs && v.mayOn(search, r) {
				entries = append(entries, v.entry(r, "match"))
			}
		}
	}
	bundle := object{"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
	if len(entries) > 0 {
		bundle["entry"] = entries
	}
	return response{status: http.StatusOK, body: bundle}, nil
}
