package fhir

import (
	"maps"
	"slices"
	"strconv"
)

const (
	maxRecords  = 1000     // resources in one base, the synthetic ones included
	maxResource = 32 << 10 // bytes of one resource that a client writes, as JSON
)

// records are the resources of one base. They are not safe for concurrent writes; the server's mutex
// guards them.
type records struct {
	byType map[string]map[string]resource
	past   map[string][]resource // the versions before the current one, oldest first, by reference
	count  int
	issued int // how many ids were given out
}

func (db *records) get(kind, id string) (resource, bool) {
	r, ok := db.byType[kind][id]
	return r, ok
}

// has reports whether a relative reference names a stored resource.
func (db *records) has(reference string) bool {
	kind, id, ok := splitReference(reference)
	if ok {
		_, ok = db.get(kind, id)
	}
	return ok
}

// all returns the resources of a type in the order of their ids.
func (db *records) all(kind string) []resource {
	ids := slices.Sorted(maps.Keys(db.byType[kind]))
	out := make([]resource, len(ids))
	for i, id := range ids {
		out[i] = db.byType[kind][id]
	}
	return out
}

func (db *records) full() bool { return db.count >= maxRecords }

func (db *records) put(r resource) {
	kind, id := typeOf(r), idOf(r)
	if db.byType[kind] == nil {
		db.byType[kind] = map[string]resource{}
	}
	if before, known := db.byType[kind][id]; known {
		kept := db.past[refOf(r)]
		db.past[refOf(r)] = append(slices.Clip(kept[max(0, len(kept)+1-maxVersions):]), before)
	} else {
		db.count++
	}
	db.byType[kind][id] = r
}

// remove forgets a record and its versions.
func (db *records) remove(kind, id string) {
	if _, known := db.get(kind, id); known {
		delete(db.byType[kind], id)
		delete(db.past, kind+"/"+id)
		db.count--
	}
}

// newID returns an id that no resource has or had.
func (db *records) newID() string {
	db.issued++
	return "new-" + strconv.Itoa(db.issued)
}

// referrer returns a resource that refers to the one named, so that it must not go away.
func (db *records) referrer(reference string) (resource, bool) {
	for _, ofType := range db.byType {
		for _, r := range ofType {
			if refOf(r) != reference && slices.Contains(references(r), reference) {
				return r, true
			}
		}
	}
	return nil, false
}

// clone returns records that can be changed without changing db. The resources are shared.
func (db *records) clone() *records {
	byType := make(map[string]map[string]resource, len(db.byType))
	for kind, ofType := range db.byType {
		byType[kind] = maps.Clone(ofType)
	}
	return &records{byType: byType, past: maps.Clone(db.past), count: db.count, issued: db.issued}
}
