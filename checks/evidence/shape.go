package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Shape identifies the members that JSON of type T has, at every depth: twelve hexadecimal digits, which
// are others when a member was added, renamed or removed or has got another type.
func Shape[T any]() string {
	var members []string
	walk(reflect.TypeFor[T](), "", nil, &members)
	slices.Sort(members)
	sum := sha256.Sum256([]byte(strings.Join(members, "\n")))
	return hex.EncodeToString(sum[:6])
}

// walk adds the members of a type, each as its path and the kind of its value. within are the types around
// it, so that a type which holds itself ends.
func walk(t reflect.Type, path string, within []reflect.Type, members *[]string) {
	switch {
	case slices.Contains(within, t):
		*members = append(*members, path+" again")
	case t.Kind() == reflect.Pointer:
		walk(t.Elem(), path, within, members)
	case writesItself(t):
		*members = append(*members, path+" "+t.Name())
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array, t.Kind() == reflect.Map:
		walk(t.Elem(), path+"[]", within, members)
	case t.Kind() != reflect.Struct:
		*members = append(*members, path+" "+t.Kind().String())
	default:
		for i := range t.NumField() {
			field := t.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			inside := append(slices.Clone(within), t)
			switch {
			case name == "-", !field.IsExported() && !field.Anonymous:
			case name == "" && field.Anonymous:
				walk(field.Type, path, inside, members)
			default:
				walk(field.Type, path+"."+cmp.Or(name, field.Name), inside, members)
			}
		}
	}
}

func writesItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]())
}
