package history

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// night is the run of a night, in which each check has the status that is named behind its id.
func night(n int, outcomes ...string) reporters.Results {
	var findings []checks.Finding
	for _, outcome := range outcomes {
		id, status, _ := strings.Cut(outcome, " ")
		findings = append(findings, checks.Finding{
			Check: id, Status: checks.Status(status), Level: checks.Shall, Area: "token", Title: id + " holds",
			Message: fmt.Sprintf("seen in night %d", n),
		})
	}
	started := epoch.AddDate(0, 0, n)
	return reporters.NewResults(reporters.Run{
		Tool:    reporters.Tool{Name: "smartcheck", Version: "1.0.0"},
		Target:  reporters.Target{Name: "Example EHR", FHIR: "https://ehr.example/fhir", Spec: checks.V2_2_0},
		Started: started, Finished: started.Add(time.Minute),
	}, findings, nil)
}

func created(t *testing.T, path string) *Database {
	t.Helper()
	db, err := Create(t.Context(), path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestAddAndRead(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "a ?name#with%20signs&.db")
	db := created(t, path)
	excused := night(2, "token.a fail", "token.b pass").Expecting([]reporters.KnownOutcome{{Check: "token.a", Status: checks.Failed, Reason: "known"}}, epoch)
	other := night(2, "token.a pass")
	other.Strict = true
	g.Expect(db.Add(t.Context(), []reporters.Results{excused, other, night(0, "token.a pass", "token.c error")})).To(HaveEach(true))
	g.Expect(db.Add(t.Context(), []reporters.Results{night(1, "token.a fail"), night(0, "token.a pass", "token.c error")})).To(Equal([]bool{true, false}))
	g.Expect(path).To(BeARegularFile())

	g.Expect(db.Close()).To(Succeed())
	db, err := Open(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	defer db.Close()
	lines, err := db.Lines(t.Context(), Filter{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(lines).To(HaveLen(2), "a strict run is of another line")
	l := lines[0]
	g.Expect(l.title()).To(Equal("Example EHR · https://ehr.example/fhir · SMART App Launch 2.2.0"))
	g.Expect(lines[1].title()).To(HaveSuffix(" · strict"))
	g.Expect(l.Runs).To(HaveLen(3))
	g.Expect(l.Runs[0].Started).To(Equal(epoch), "by time, however they were added")
	g.Expect(l.Runs[0].Summary).To(Equal(reporters.Summary{Pass: 1, Error: 1}))
	g.Expect(l.Checks).To(HaveLen(3))
	g.Expect(l.Checks[0].ID).To(Equal("token.a"))
	g.Expect(l.Checks[0].Outcomes).To(Equal([]Outcome{
		{Status: checks.Passed}, {Status: checks.Failed, Message: "seen in night 1"}, {Status: checks.Failed, Message: "seen in night 2", Excused: true},
	}))
	g.Expect(strip(l.Checks[1].Outcomes)).To(Equal("··P"))
	g.Expect(strip(l.Checks[2].Outcomes)).To(Equal("e··"))

	for want, n := range map[Filter]int{
		{Target: "Example EHR"}: 2, {Target: "https://ehr.example/fhir"}: 2, {Target: "nobody"}: 0, {Check: "token.c"}: 2,
	} {
		lines, err := db.Lines(t.Context(), want)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(lines).To(HaveLen(n), "%v", want)
		for _, l := range lines {
			g.Expect(len(l.Checks)).To(BeNumerically("<=", map[bool]int{true: 1, false: 3}[want.Check != ""]))
			g.Expect(l.Runs[0].Summary.Total()).To(BeNumerically(">", 0), "counts are of all checks")
		}
	}
}

// TestAddIsAllOrNothing adds runs of which one cannot be kept.
func TestAddIsAllOrNothing(t *testing.T) {
	g := NewWithT(t)
	db := created(t, filepath.Join(t.TempDir(), "history.db"))
	bad := night(1, "token.a excellent")
	_, err := db.Add(t.Context(), []reporters.Results{night(0, "token.a pass"), bad})
	g.Expect(err).To(MatchError(ContainSubstring("add the run of 2026-03-02T02:00:00.000Z")))
	g.Expect(db.Lines(t.Context(), Filter{})).To(BeEmpty())
}

// TestHostileRunIsKept keeps what a record may say, in parameters and not in statements, and bounds it.
func TestHostileRunIsKept(t *testing.T) {
	g := NewWithT(t)
	db := created(t, filepath.Join(t.TempDir(), "history.db"))
	r := night(0, "token.a fail", "token.a pass")
	r.Target.Name = "'); DROP TABLE run; --"
	r.Findings[0].Message = strings.Repeat("漢", 1000)
	g.Expect(db.Add(t.Context(), []reporters.Results{r})).To(Equal([]bool{true}))
	lines, err := db.Lines(t.Context(), Filter{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(lines[0].Name).To(Equal("'); DROP TABLE run; --"))
	g.Expect(lines[0].Checks[0].Outcomes[0].Status).To(Equal(checks.Failed), "the worst of two findings")
	g.Expect(lines[0].Checks[0].Outcomes[0].Message).To(Equal(strings.Repeat("漢", 166) + "…"))
}

func TestFilesThatAreNoHistory(t *testing.T) {
	directory := t.TempDir()
	file := func(name string, make func(path string)) string {
		path := filepath.Join(directory, name)
		make(path)
		return path
	}
	execute := func(statements string) func(string) {
		return func(path string) {
			db, err := sql.Open("sqlite", path)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			defer db.Close()
			_, err = db.Exec(statements)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
		}
	}
	for name, tc := range map[string]struct{ path, says string }{
		"a text": {file("text", func(path string) {
			NewWithT(t).Expect(os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600)).To(Succeed())
		}), "is it a history of smartcheck?"},
		"another program's":     {file("other", execute("CREATE TABLE users (id)")), "a database of another program"},
		"marked by another":     {file("marked", execute("PRAGMA application_id = 7")), "a database of another program"},
		"of a later version":    {file("later", execute(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 99", applicationID))), "a later version of smartcheck made it (version 99, this program knows 1)"},
		"of a negative version": {file("negative", execute(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = -1", applicationID))), "which no smartcheck writes"},
		"a directory":           {directory, "open the history"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, open := range []func(context.Context, string) (*Database, error){Open, Create} {
				_, err := open(t.Context(), tc.path)
				NewWithT(t).Expect(err).To(MatchError(ContainSubstring(tc.says)))
			}
		})
	}
	_, err := Open(t.Context(), filepath.Join(directory, "absent"))
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("add results with: smartcheck history add")))
	NewWithT(t).Expect(filepath.Join(directory, "absent")).NotTo(BeAnExistingFile())
}

// TestMigration brings a file of today to a version to come, and shows that today's program leaves that one alone.
func TestMigration(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "history.db")
	g.Expect(created(t, path).Add(t.Context(), []reporters.Results{night(0, "token.a fail")})).To(Equal([]bool{true}))
	later := append(migrations[:len(migrations):len(migrations)], `ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT 'none'`)
	for range 2 { // once migrated, nothing is left to do
		db, err := open(t.Context(), path, "rw", later)
		g.Expect(err).NotTo(HaveOccurred())
		var note string
		g.Expect(db.sql.QueryRow("SELECT note FROM run").Scan(&note)).To(Succeed())
		g.Expect(note).To(Equal("none"))
		g.Expect(db.Lines(t.Context(), Filter{})).To(HaveLen(1))
		g.Expect(db.Close()).To(Succeed())
	}
	_, err := Open(t.Context(), path)
	g.Expect(err).To(MatchError(ContainSubstring("a later version of smartcheck made it")))
	broken := append(later, "CREATE TABLE more (id); NONSENSE")
	_, err = open(t.Context(), path, "rw", broken)
	g.Expect(err).To(HaveOccurred())
	db, err := open(t.Context(), path, "rw", later)
	g.Expect(err).NotTo(HaveOccurred(), "a migration that fails changes nothing")
	g.Expect(db.Close()).To(Succeed())
}

const (
	adders     = 4 // processes that add at once
	runsOfEach = 10
)

// TestAddAtOnce lets several processes and goroutines make one file and add to it at the same time.
func TestAddAtOnce(t *testing.T) {
	if adder, asked := os.LookupEnv("HISTORY_TEST_ADDER"); asked {
		addAlone(t, os.Getenv("HISTORY_TEST_FILE"), adder)
		return
	}
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "history.db")
	var group errgroup.Group
	for adder := range adders {
		group.Go(func() error {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestAddAtOnce$")
			cmd.Env = append(os.Environ(), "HISTORY_TEST_ADDER="+strconv.Itoa(adder), "HISTORY_TEST_FILE="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%w\n%s", err, out)
			}
			return nil
		})
		group.Go(func() error { // the same runs again, from this process
			db, err := Create(t.Context(), path)
			if err != nil {
				return err
			}
			defer db.Close()
			for n := range runsOfEach {
				if _, err := db.Add(t.Context(), []reporters.Results{night(adder*runsOfEach+n, "token.a pass", "token.b fail")}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Expect(group.Wait()).To(Succeed())
	db := created(t, path)
	lines, err := db.Lines(t.Context(), Filter{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(lines).To(HaveLen(1))
	g.Expect(lines[0].Runs).To(HaveLen(adders*runsOfEach), "each run once")
	for _, r := range lines[0].Runs {
		g.Expect(r.Summary).To(Equal(reporters.Summary{Pass: 1, Fail: 1}))
	}
	var sound string
	g.Expect(db.sql.QueryRow("PRAGMA integrity_check").Scan(&sound)).To(Succeed())
	g.Expect(sound).To(Equal("ok"))
}

// addAlone is what each process does.
func addAlone(t *testing.T, path, adder string) {
	number, err := strconv.Atoi(adder)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	db := created(t, path)
	for n := range runsOfEach {
		_, err := db.Add(t.Context(), []reporters.Results{night(number*runsOfEach+n, "token.a pass", "token.b fail")})
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
	}
}

// TestDamagedHistory says what to do about a file that another program has written to, and adds nothing to it.
func TestDamagedHistory(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "history.db")
	g.Expect(created(t, path).Add(t.Context(), []reporters.Results{night(0, "token.a pass")})).To(HaveEach(true))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = file.WriteAt(bytes.Repeat([]byte{0xaa}, 24<<10), 4<<10) // all but the first page
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(file.Close()).To(Succeed())
	db, err := Open(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	defer db.Close()
	_, err = db.Lines(t.Context(), Filter{})
	g.Expect(err).To(MatchError(ContainSubstring("the file is damaged; take a copy of it from before")))
	_, err = db.Add(t.Context(), []reporters.Results{night(1, "token.a pass")})
	g.Expect(err).To(MatchError(ContainSubstring("the file is damaged")))
	_, err = Create(t.Context(), filepath.Join(t.TempDir(), "nowhere", "history.db"))
	g.Expect(err).To(MatchError(ContainSubstring("does its directory exist")))
}
