package reporters_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

type writer = io.Writer

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, write := range writers {
		if name == "requirements.csv" {
			continue // it holds the catalogue, and would change with every requirement
		}
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var got bytes.Buffer
			g.Expect(write(&got, sample())).To(Succeed())
			file := filepath.Join("testdata", "golden", name)
			if *update {
				g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got.String()).To(Equal(string(want)), "run with -update when this is meant")
		})
	}
}

func TestWritersReportWriteErrors(t *testing.T) {
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(write(full{}, sample())).To(MatchError(errFull))
		})
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
