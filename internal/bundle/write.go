package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// The files of an archive. Every kind of evidence has a file of its own under evidence/, every picture one
// under pictures/.
const (
	manifestFile  = "manifest.json"
	exchangesFile = "exchanges.json"
	journeysFile  = "journeys.json"
	evidenceDir   = "evidence/"
	picturesDir   = "pictures/"
)

// Write writes the archive: the manifest first, then the files in the order in which it lists them. The
// same bundle gives the same bytes.
func (b Bundle) Write(w io.Writer) error {
	names, contents, err := b.files()
	if err == nil {
		err = bounded(names, contents)
	}
	if err != nil {
		return err
	}
	m := b.Manifest
	m.Files = []File{}
	for i, name := range names {
		sum := sha256.Sum256(contents[i])
		m.Files = append(m.Files, File{name, int64(len(contents[i])), hex.EncodeToString(sum[:])})
	}
	manifest, err := encoded(m)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	names, contents = append([]string{manifestFile}, names...), append([][]byte{manifest}, contents...)
	for i, name := range names {
		file, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.Finished})
		if err != nil {
			return fmt.Errorf("write %s into the evidence bundle: %w", name, err)
		}
		if _, err := file.Write(contents[i]); err != nil {
			return fmt.Errorf("write %s into the evidence bundle: %w", name, err)
		}
	}
	return archive.Close()
}

// bounded refuses what Read would refuse.
func bounded(names []string, contents [][]byte) error {
	all := 0
	for i, content := range contents {
		if len(content) > maxFile {
			return fmt.Errorf("write %s into the evidence bundle: it has %d MiB, and %d are allowed; select fewer checks", names[i], len(content)>>20, maxFile>>20)
		}
		all += len(content)
	}
	if all > maxAll || len(names) > maxFiles {
		return fmt.Errorf("write the evidence bundle: it has %d MiB in %d files, and %d MiB in %d are allowed; select fewer checks", all>>20, len(names), maxAll>>20, maxFiles)
	}
	return nil
}

// files returns the names and contents of all files but the manifest.
func (b Bundle) files() (names []string, contents [][]byte, err error) {
	add := func(name string, value any) {
		raw, problem := encoded(value)
		if problem != nil && err == nil {
			err = fmt.Errorf("write %s into the evidence bundle: %w", name, problem)
		}
		names, contents = append(names, name), append(contents, raw)
	}
	for _, r := range b.Records {
		add(evidenceDir+r.Kind+".json", r)
	}
	add(exchangesFile, b.Exchanges)
	add(journeysFile, b.Journeys)
	for _, name := range slices.Sorted(maps.Keys(b.Pictures)) {
		names, contents = append(names, picturesDir+name), append(contents, b.Pictures[name])
	}
	return names, contents, err
}

// encoded writes a value without blanks: what a server sent stands in evidence as it came.
func encoded(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}
