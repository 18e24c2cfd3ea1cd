package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Bounds of an archive, which anybody may have made.
const (
	maxFile  = 64 << 20  // bytes of one file
	maxAll   = 256 << 20 // bytes of all files, unpacked
	maxFiles = 20_000
)

// Read reads an archive of size bytes and verifies the hash of every file. The error says what is not as
// the manifest promises, or that the archive is of another format.
func Read(in io.ReaderAt, size int64) (Bundle, error) {
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return Bundle{}, fmt.Errorf("not an evidence bundle: %w", err)
	}
	r := reader{archive: archive, left: maxAll}
	m, err := r.manifest()
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Manifest: m, Pictures: map[string][]byte{}}
	for _, file := range m.Files {
		raw, err := r.verified(file)
		if err == nil {
			err = b.take(file.Name, raw)
		}
		if err != nil {
			return Bundle{}, fmt.Errorf("%s in the evidence bundle: %w", file.Name, err)
		}
	}
	return b, nil
}

// reader reads the files of an archive within bounds.
type reader struct {
	archive *zip.Reader
	left    int64 // bytes that may still be unpacked
}

func (r *reader) manifest() (Manifest, error) {
	var m Manifest
	raw, err := r.read(manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return m, errors.New("not an evidence bundle: it has no manifest.json")
	}
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		return m, fmt.Errorf("%s in the evidence bundle: %w", manifestFile, err)
	}
	switch {
	case m.Format != FormatID:
		return m, fmt.Errorf("the evidence bundle has the format %.60q, and this smartcheck reads %s; use the smartcheck that made it, or a newer one", m.Format, FormatID)
	case !slices.Contains(checks.Versions, m.Target.Spec):
		return m, fmt.Errorf("the evidence bundle was made for SMART App Launch %.20q, which is not known here", m.Target.Spec)
	case len(m.Files) > maxFiles:
		return m, fmt.Errorf("the evidence bundle lists more than %d files", maxFiles)
	}
	return m, r.onlyListed(m)
}

// onlyListed refuses an archive with a file that the manifest does not list, or with one twice.
func (r *reader) onlyListed(m Manifest) error {
	listed := map[string]bool{manifestFile: true}
	for _, f := range m.Files {
		if !fs.ValidPath(f.Name) || strings.Contains(f.Name, `\`) {
			return fmt.Errorf("the manifest of the evidence bundle lists %.100q, which may be a place outside of it", f.Name)
		}
		if listed[f.Name] {
			return fmt.Errorf("the manifest of the evidence bundle lists %.100q twice", f.Name)
		}
		listed[f.Name] = true
	}
	for _, f := range r.archive.File {
		if !listed[f.Name] {
			return fmt.Errorf("the evidence bundle holds %.100q, which its manifest does not list or which it holds twice", f.Name)
		}
		listed[f.Name] = false
	}
	return nil
}

// verified returns the contents of a file that are as the manifest says.
func (r *reader) verified(file File) ([]byte, error) {
	raw, err := r.read(file.Name)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(raw); int64(len(raw)) != file.Size || hex.EncodeToString(sum[:]) != file.SHA256 {
		return nil, errors.New("is not what the manifest lists: its hash is another; the bundle was changed after it was made")
	}
	return raw, nil
}

// read unpacks the file with that name.
func (r *reader) read(name string) ([]byte, error) {
	at := slices.IndexFunc(r.archive.File, func(f *zip.File) bool { return f.Name == name })
	if at < 0 {
		return nil, fs.ErrNotExist
	}
	file, err := r.archive.File[at].Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	bound := min(maxFile, r.left)
	raw, err := io.ReadAll(io.LimitReader(file, bound+1))
	if int64(len(raw)) > bound {
		return nil, fmt.Errorf("is too large: a file may have %d MiB and all of them %d MiB", maxFile>>20, maxAll>>20)
	}
	r.left -= int64(len(raw))
	return raw, err
}

// take puts the contents of a file where they belong. Files of places that are not known are left alone.
func (b *Bundle) take(name string, raw []byte) error {
	picture, isPicture := strings.CutPrefix(name, picturesDir)
	switch {
	case name == exchangesFile:
		return json.Unmarshal(raw, &b.Exchanges)
	case name == journeysFile:
		return json.Unmarshal(raw, &b.Journeys)
	case isPicture:
		b.Pictures[picture] = raw
	case strings.HasPrefix(name, evidenceDir):
		record, err := decoded(raw)
		if err != nil {
			return err
		}
		if name != evidenceDir+record.Kind+".json" {
			return fmt.Errorf("holds evidence of %.100q, which has another file", record.Kind)
		}
		b.Records = append(b.Records, record)
	}
	return nil
}

// decoded reads a record and leaves its value as JSON, which the check decodes.
func decoded(raw []byte) (evidence.Record, error) {
	var record struct {
		evidence.Record
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(raw, &record); err != nil {
		return evidence.Record{}, err
	}
	if record.Value != nil {
		record.Record.Value = record.Value
	}
	return record.Record, nil
}
