package checks_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/probe"
)

const module = "github.com/smart-conformance/smartcheck/"

// imports returns what each package of the module imports, outside of its tests.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for path, file := range sources(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		for _, spec := range file.Imports {
			found[dir] = append(found[dir], strings.Trim(spec.Path.Value, `"`))
		}
	}
	return found
}

// sources parses every Go file of the module, by its path from the top.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..":
			return filepath.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(filepath.ToSlash(path), "../")] = file
		return nil
	})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return files
}

// reachable returns the packages of the module that one imports, directly or through another, and how.
func reachable(all map[string][]string, from string) map[string]string {
	how := map[string]string{from: from}
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, imported := range all[at] {
			inside, ours := strings.CutPrefix(imported, module)
			if _, seen := how[inside]; ours && !seen {
				how[inside] = how[at] + " → " + inside
				queue = append(queue, inside)
			}
		}
	}
	return how
}

// TestChecksArePure holds rule 1: checks import no network, file or browser package, directly or through
// another package of ours.
func TestChecksArePure(t *testing.T) {
	g := NewWithT(t)
	all := imports(t)
	forbidden := []string{"net", "net/http", "net/textproto", "crypto/tls", "os", "os/exec", "io/ioutil", "syscall", "time/tzdata",
		"github.com/chromedp/chromedp", "github.com/chromedp/cdproto"}
	packages := reachable(all, "checks")
	g.Expect(packages).To(HaveKey("checks/evidence"))
	for pkg, how := range packages {
		for _, imported := range all[pkg] {
			g.Expect(forbidden).NotTo(ContainElement(imported), "%s imports %s", how, imported)
		}
	}
}

// TestDataFlowsOneWay holds DESIGN's data flow: nothing to the right is imported by anything to its left.
func TestDataFlowsOneWay(t *testing.T) {
	g := NewWithT(t)
	all := imports(t)
	order := []string{"internal/target", "internal/session", "internal/probe", "internal/engine", "reporters", "suites"}
	for i, left := range order {
		packages := reachable(all, left)
		for _, right := range order[i+1:] {
			if left == "internal/engine" && right == "reporters" || left == "reporters" {
				continue // reports are made from results, whoever made them
			}
			g.Expect(packages).NotTo(HaveKey(right), packages[right])
		}
	}
	for _, left := range []string{"internal/target", "internal/session", "internal/probe", "checks/evidence"} {
		packages := reachable(all, left)
		g.Expect(packages).NotTo(HaveKey("checks"), "judgement is not for %s: %s", left, packages["checks"])
	}
	g.Expect(reachable(all, "checks")).NotTo(HaveKey("reporters"))
	g.Expect(reachable(all, "reporters")).NotTo(HaveKey("internal/session"))
}

// TestRequirementsOfChecks holds the first half of rule 2: every check names requirements that exist, and
// is not stronger than they are.
func TestRequirementsOfChecks(t *testing.T) {
	g := NewWithT(t)
	strength := []checks.Level{checks.May, checks.ShouldNot, checks.Should, checks.ShallNot, checks.Shall}
	for _, c := range checks.All() {
		g.Expect(c.Requirements).NotTo(BeEmpty(), c.ID)
		mandatory := false
		for _, id := range c.Requirements {
			r, ok := catalogue.Lookup(id)
			g.Expect(ok).To(BeTrue(), "%s names the requirement %s, which does not exist", c.ID, id)
			g.Expect(r.Testable).To(BeTrue(), "%s names %s, which cannot be observed", c.ID, id)
			mandatory = mandatory || checks.Level(r.Level).Mandatory()
		}
		g.Expect(strength).To(ContainElement(c.Level), c.ID)
		g.Expect(c.Level.Mandatory() && !mandatory).To(BeFalse(), "%s is stronger than its requirements", c.ID)
	}
}

// TestTestableRequirements holds the second half of rule 2: every testable requirement above MAY has a
// check, or says why it has none.
func TestTestableRequirements(t *testing.T) {
	g := NewWithT(t)
	covered := map[string]bool{}
	for _, c := range checks.All() {
		for _, id := range c.Requirements {
			covered[id] = true
		}
	}
	for _, r := range catalogue.All() {
		level := checks.Level(r.Level)
		if !r.Testable || !level.Mandatory() && !level.Recommended() {
			continue
		}
		g.Expect(covered[r.ID] || r.Untested != "").To(BeTrue(), "%s has neither a check nor a reason", r.ID)
		g.Expect(covered[r.ID] && r.Untested != "").To(BeFalse(), "%s has a check and a reason why it has none", r.ID)
	}
}

// TestCatalogueRows holds the catalogue to its own columns.
func TestCatalogueRows(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, r := range catalogue.All() {
		g.Expect(seen[r.ID]).To(BeFalse(), "%s stands twice", r.ID)
		seen[r.ID] = true
		level := checks.Level(r.Level)
		if !r.Explicit && level.Mandatory() && r.Testable {
			g.Expect(r.Breach).NotTo(BeEmpty(), "%s has no conformance verb and no decision on how a breach is reported", r.ID)
		}
		g.Expect(r.Breach).To(BeElementOf(catalogue.Breach(""), catalogue.BreachWarns, catalogue.BreachContradicts, catalogue.BreachEndangersRecord), r.ID)
		g.Expect(r.Summary).NotTo(BeEmpty(), r.ID)
		g.Expect(r.How).NotTo(BeEmpty(), r.ID)
	}
}

// TestEveryCheckHasAFault holds rule 3, as far as it can be seen without running the matrix: every check
// has a fault, every fault a check, in files of the check's area.
func TestEveryCheckHasAFault(t *testing.T) {
	g := NewWithT(t)
	files := sources(t)
	broken := map[string][]string{}
	ids := map[string]bool{}
	for _, f := range faults.All() {
		g.Expect(ids[f.ID]).To(BeFalse(), "the fault %s stands twice", f.ID)
		ids[f.ID] = true
		g.Expect(f.Summary).NotTo(BeEmpty(), f.ID)
		g.Expect(f.Checks).NotTo(BeEmpty(), f.ID)
		for _, id := range f.Checks {
			_, ok := checks.Lookup(id)
			g.Expect(ok).To(BeTrue(), "the fault %s names the check %s, which does not exist", f.ID, id)
			broken[id] = append(broken[id], f.ID)
		}
	}
	for _, c := range checks.All() {
		g.Expect(broken[c.ID]).NotTo(BeEmpty(), "%s has no fault that makes it fail", c.ID)
		g.Expect(declaredIn(files, "internal/ehr/faults/", c)).To(BeTrue(), "%s: no file of its area lists its fault", c.ID)
	}
}

// declaredIn reports whether a file of the folder, named after the area of the check, holds its id.
func declaredIn(files map[string]*ast.File, folder string, c checks.Check) bool {
	for path, file := range files {
		name, inFolder := strings.CutPrefix(path, folder)
		if !inFolder || strings.Contains(name, "/") || !strings.HasPrefix(name, fileOf(c.Area())) {
			continue
		}
		found := false
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			found = found || ok && literal.Value == fmt.Sprintf("%q", c.ID)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// fileOf returns how the names of the files of an area begin.
func fileOf(area string) string { return strings.ReplaceAll(area, "-", "_") }

// TestFilesFollowAreas holds that a reader can guess the file from the name of a check: judged in
// checks/, probed in internal/probe/.
func TestFilesFollowAreas(t *testing.T) {
	g := NewWithT(t)
	files := sources(t)
	for _, c := range checks.All() {
		if strings.HasPrefix(c.ID, "launch.") && len(c.Launches) == 1 {
			continue // made from the list of launches in checks/launch.go
		}
		g.Expect(declaredIn(files, "checks/", c)).To(BeTrue(), "no file checks/%s*.go declares %s", fileOf(c.Area()), c.ID)
	}
	for _, p := range probe.All() {
		area, _, _ := strings.Cut(p.Kind, ".")
		_, ok := files["internal/probe/"+fileOf(area)+".go"]
		g.Expect(ok).To(BeTrue(), "no file internal/probe/%s.go for the evidence %s", fileOf(area), p.Kind)
	}
}

// TestEveryKindHasAProbe holds that what checks judge is produced, once.
func TestEveryKindHasAProbe(t *testing.T) {
	g := NewWithT(t)
	var kinds, judged []string
	for _, p := range probe.All() {
		g.Expect(kinds).NotTo(ContainElement(p.Kind))
		kinds = append(kinds, p.Kind)
	}
	for _, c := range checks.All() {
		g.Expect(kinds).To(ContainElement(c.Kind()), c.ID)
		judged = append(judged, c.Kind())
	}
	for _, kind := range kinds {
		g.Expect(judged).To(ContainElement(kind), "no check judges what the probe of %s sees", kind)
	}
}

// TestCheckIDs holds rule 4: ids are unique, kebab-case, area.name, and words say what to do.
func TestCheckIDs(t *testing.T) {
	g := NewWithT(t)
	form := regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$`)
	var ids []string
	for _, c := range checks.All() {
		g.Expect(c.ID).To(MatchRegexp(form.String()))
		g.Expect(ids).NotTo(ContainElement(c.ID))
		g.Expect(c.Remedy).To(HaveSuffix("."), c.ID)
		g.Expect(c.Title).NotTo(HaveSuffix("."), c.ID)
		ids = append(ids, c.ID)
	}
}

// TestNothingRegistersItself holds rule 5: no package of ours has an init function.
func TestNothingRegistersItself(t *testing.T) {
	for path, file := range sources(t) {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && function.Recv == nil && function.Name.Name == "init" {
				t.Errorf("%s has an init function; list things in a slice instead", path)
			}
		}
	}
}

// TestTopLevel holds the layout at the top of the repository.
func TestTopLevel(t *testing.T) {
	g := NewWithT(t)
	allowed := []string{"suites", "checks", "schemas", "reporters", "cmd", "internal", "docs", "go.mod", "go.sum",
		"README.md", "README.zh-Hant.md", "CONTRIBUTING.md", "Makefile", "LICENSE"}
	for _, name := range topLevel(t) {
		if !strings.HasPrefix(name, ".") {
			g.Expect(slices.Contains(allowed, name)).To(BeTrue(), "%s does not belong at the top", name)
		}
	}
}

// topLevel lists what the repository holds at its top. What somebody else left there, such as a target file or
// reports, is theirs.
func topLevel(t *testing.T) []string {
	t.Helper()
	var names []string
	listed, err := exec.Command("git", "-C", "..", "ls-files", "--cached").Output()
	if err != nil { // no checkout: then nothing but what is built may be left there
		entries, err := os.ReadDir("..")
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		for _, e := range entries {
			if e.Name() != "bin" && e.Name() != "reports" {
				names = append(names, e.Name())
			}
		}
		return names
	}
	for _, path := range strings.Split(strings.TrimSpace(string(listed)), "\n") {
		first, _, _ := strings.Cut(path, "/")
		names = append(names, first)
	}
	NewWithT(t).Expect(names).To(ContainElement("go.mod"))
	return slices.Compact(names)
}
