package fhir

import (
	"maps"
	"strings"
)

// resource is a FHIR resource as encoding/json shapes it, with json.Number for numbers. A stored
// resource is never changed in place.
type resource = map[string]any

type (
	object = map[string]any
	list   = []any
)

func typeOf(r resource) string { return text(r, "resourceType") }
func idOf(r resource) string   { return text(r, "id") }
func refOf(r resource) string  { return typeOf(r) + "/" + idOf(r) }

func versionOf(r resource) string {
	meta, _ := r["meta"].(object)
	return text(meta, "versionId")
}

func lastUpdatedOf(r resource) string {
	meta, _ := r["meta"].(object)
	return text(meta, "lastUpdated")
}

func text(o object, member string) string {
	s, _ := o[member].(string)
	return s
}

// at returns what stands at a path such as "participant.individual", looking into every item of the
// lists on its way.
func at(value any, path string) []any {
	if items, ok := value.(list); ok {
		var found []any
		for _, item := range items {
			found = append(found, at(item, path)...)
		}
		return found
	}
	if path == "" {
		return []any{value}
	}
	member, rest, _ := strings.Cut(path, ".")
	o, _ := value.(object)
	next, ok := o[member]
	if !ok {
		return nil
	}
	return at(next, rest)
}

// references returns every literal reference in a value, at any depth.
func references(value any) []string {
	var found []string
	switch v := value.(type) {
	case list:
		for _, item := range v {
			found = append(found, references(item)...)
		}
	case object:
		for member, inner := range v {
			if reference, ok := inner.(string); ok && member == "reference" {
				found = append(found, reference)
				continue
			}
			found = append(found, references(inner)...)
		}
	}
	return found
}

// rereferenced returns a copy of value in which each literal reference is what name makes of it.
func rereferenced(value any, name func(string) string) any {
	switch v := value.(type) {
	case list:
		out := make(list, len(v))
		for i, item := range v {
			out[i] = rereferenced(item, name)
		}
		return out
	case object:
		out := make(object, len(v))
		for member, inner := range v {
			if reference, ok := inner.(string); ok && member == "reference" {
				out[member] = name(reference)
				continue
			}
			out[member] = rereferenced(inner, name)
		}
		return out
	}
	return value
}

// stamped returns a shallow copy of r with the server's id and meta. Other members of meta stay.
func stamped(r resource, id, version, lastUpdated string) resource {
	out := maps.Clone(r)
	meta, _ := r["meta"].(object)
	meta = maps.Clone(meta)
	if meta == nil {
		meta = object{}
	}
	meta["versionId"], meta["lastUpdated"] = version, lastUpdated
	out["id"], out["meta"] = id, meta
	return out
}
