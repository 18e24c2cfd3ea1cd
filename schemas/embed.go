// Package schemas holds the JSON Schemas (2020-12) of the formats that smartcheck reads and writes.
package schemas

import "embed"

//go:embed *.json
var files embed.FS

// File returns the schema with that file name, such as "target.schema.json". The names are fixed when
// the program is built, so an unknown one panics.
func File(name string) []byte {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return raw
}
