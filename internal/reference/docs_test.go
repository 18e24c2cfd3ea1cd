package reference_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/profile"
	"github.com/smart-conformance/smartcheck/internal/reference"
	"github.com/smart-conformance/smartcheck/internal/target"
)

var update = flag.Bool("update", false, "write the pages and the lock in docs/reference anew")

const howToUpdate = "run: go test ./internal/reference -update"

func docs(name string) string { return filepath.Join("..", "..", "docs", "reference", name) }

func TestPagesAreInStep(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"checks.md": reference.WriteChecks, "requirements.md": reference.WriteRequirements,
		"profiles.md": profile.WriteReference,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var want bytes.Buffer
			g.Expect(write(&want)).To(Succeed())
			if *update {
				g.Expect(os.WriteFile(docs(name), want.Bytes(), 0o644)).To(Succeed())
			}
			got, err := os.ReadFile(docs(name))
			g.Expect(err).NotTo(HaveOccurred())
			if !bytes.Equal(got, want.Bytes()) {
				t.Errorf("docs/reference/%s is not what the code says; %s", name, howToUpdate)
			}
		})
	}
}

// TestRegionsAreInStep holds the generated parts of pages that are written by hand.
func TestRegionsAreInStep(t *testing.T) {
	g := NewWithT(t)
	pages, err := filepath.Glob(docs("*.md"))
	g.Expect(err).NotTo(HaveOccurred())
	all := ""
	for _, page := range pages {
		got, err := os.ReadFile(page)
		g.Expect(err).NotTo(HaveOccurred())
		want, err := reference.Fill(string(got))
		g.Expect(err).NotTo(HaveOccurred(), page)
		if *update && want != string(got) {
			g.Expect(os.WriteFile(page, []byte(want), 0o644)).To(Succeed())
			got = []byte(want)
		}
		if string(got) != want {
			t.Errorf("%s is not what the code says; %s", page, howToUpdate)
		}
		begun := strings.Count(want, "<!-- generated: ")
		g.Expect(strings.Count(want, "<!-- end of generated -->")).To(Equal(begun), page)
		all += want
	}
	for _, name := range []string{"exit codes", "formats"} {
		g.Expect(all).To(ContainSubstring("<!-- generated: " + name + " -->"))
	}
	for _, key := range target.Keys() {
		g.Expect(all).To(MatchRegexp(`<!-- generated: keys (in `+key.Name+`|[^\n]*\b`+key.Name+`\b[^\n]*) -->`), "no page describes the key %s", key.Name)
	}
}

func TestFillRefusesWhatNothingGenerates(t *testing.T) {
	g := NewWithT(t)
	for _, name := range []string{"exit", "keys in nothing", "keys fihr"} {
		_, err := reference.Fill("<!-- generated: " + name + " -->\n<!-- end of generated -->\n")
		g.Expect(err).To(HaveOccurred(), name)
	}
}

// TestIDsAreLocked holds rule 4 of the architecture: the id of a check never changes once it is
// released, because the results and expectations of others name it.
func TestIDsAreLocked(t *testing.T) {
	g := NewWithT(t)
	var ids []string
	for _, c := range checks.All() {
		ids = append(ids, c.ID)
	}
	raw, err := os.ReadFile(docs("ids.lock"))
	if !os.IsNotExist(err) {
		g.Expect(err).NotTo(HaveOccurred())
	}
	lock := strings.Fields(string(raw))
	gone, added := compareLock(lock, ids)
	for _, id := range gone {
		t.Errorf("the check %s was released and no longer exists; restore it, an id is never dropped or renamed", id)
	}
	if *update {
		all := append(lock, added...)
		slices.Sort(all)
		g.Expect(os.WriteFile(docs("ids.lock"), []byte(strings.Join(all, "\n")+"\n"), 0o644)).To(Succeed())
		return
	}
	for _, id := range added {
		t.Errorf("the check %s is not in docs/reference/ids.lock; %s", id, howToUpdate)
	}
	g.Expect(slices.IsSorted(lock)).To(BeTrue(), "docs/reference/ids.lock is sorted, one id a line")
}

// compareLock returns the ids that are locked and gone, and those that exist and are not locked.
func compareLock(lock, ids []string) (gone, added []string) {
	for _, id := range lock {
		if !slices.Contains(ids, id) {
			gone = append(gone, id)
		}
	}
	for _, id := range ids {
		if !slices.Contains(lock, id) {
			added = append(added, id)
		}
	}
	return gone, added
}

func TestCompareLock(t *testing.T) {
	g := NewWithT(t)
	gone, added := compareLock([]string{"a.kept", "a.renamed"}, []string{"a.kept", "a.new"})
	g.Expect(gone).To(Equal([]string{"a.renamed"}))
	g.Expect(added).To(Equal([]string{"a.new"}))
}
