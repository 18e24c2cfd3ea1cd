package history

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Filter says which part of a history is wanted. The zero value wants everything.
type Filter struct {
	Target string // name, FHIR base URL or identity of a target; "" is all
	Check  string // id of a check; "" is all
}

// Lines returns the runs of each line in the order of their times, with the findings of each check. Lines are in
// the order of their targets. What two processes add at the same time is seen as a whole or not at all.
func (d *Database) Lines(ctx context.Context, want Filter) ([]Line, error) {
	tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", advised(err))
	}
	defer tx.Rollback()
	lines, err := readLines(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", advised(err))
	}
	var out []Line
	for _, line := range lines {
		if err := line.readRuns(ctx, tx); err != nil {
			return nil, fmt.Errorf("read the history: %w", advised(err))
		}
		if len(line.Runs) == 0 || want.Target != "" && !line.isOf(want.Target) {
			continue
		}
		if err := line.readFindings(ctx, tx, want.Check); err != nil {
			return nil, fmt.Errorf("read the history: %w", advised(err))
		}
		out = append(out, line)
	}
	return out, nil
}

func readLines(ctx context.Context, tx *sql.Tx) ([]Line, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, target, spec, profile, strict FROM line ORDER BY target, spec, profile, strict`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []Line
	for rows.Next() {
		var l Line
		if err := rows.Scan(&l.id, &l.Target, &l.Spec, &l.Profile, &l.Strict); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, rows.Err()
}

// readRuns fills the runs of the line; the last of them names the target.
func (l *Line) readRuns(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, fhir, tool, version, started, finished, verdict FROM run
		WHERE line = ? ORDER BY started, tool, version`, l.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r Run
		var started, finished string
		if err := rows.Scan(&r.id, &l.Name, &l.FHIR, &r.Tool.Name, &r.Tool.Version, &started, &finished, &r.Verdict); err != nil {
			return err
		}
		if r.Started, err = time.Parse(moment, started); err != nil {
			return err
		}
		if r.Finished, err = time.Parse(moment, finished); err != nil {
			return err
		}
		l.Runs = append(l.Runs, r)
	}
	return rows.Err()
}

// readFindings fills the checks of the line, and counts each run.
func (l *Line) readFindings(ctx context.Context, tx *sql.Tx, only string) error {
	at := map[int64]int{}
	for i, r := range l.Runs {
		at[r.id] = i
	}
	rows, err := tx.QueryContext(ctx, `SELECT finding.run, chk.name, chk.level, chk.area, chk.title, status, excused, coalesce(message, '')
		FROM finding JOIN run ON run.id = finding.run JOIN chk ON chk.id = finding.chk
		WHERE run.line = ?`, l.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	byCheck := map[string]*Check{}
	for rows.Next() {
		var run int64
		var c Check
		var o Outcome
		if err := rows.Scan(&run, &c.ID, &c.Level, &c.Area, &c.Title, &o.Status, &o.Excused, &o.Message); err != nil {
			return err
		}
		l.Runs[at[run]].Summary = counted(l.Runs[at[run]].Summary, o.Status)
		if only != "" && c.ID != only {
			continue
		}
		if byCheck[c.ID] == nil {
			c.Outcomes = make([]Outcome, len(l.Runs))
			byCheck[c.ID] = &c
		}
		byCheck[c.ID].Outcomes[at[run]] = o
	}
	for _, c := range byCheck {
		l.Checks = append(l.Checks, *c)
	}
	slices.SortFunc(l.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	return rows.Err()
}

func counted(s reporters.Summary, status checks.Status) reporters.Summary {
	one := reporters.Summarize([]checks.Finding{{Status: status}})
	return reporters.Summary{
		Pass: s.Pass + one.Pass, Fail: s.Fail + one.Fail, Warn: s.Warn + one.Warn,
		Info: s.Info + one.Info, Skip: s.Skip + one.Skip, Error: s.Error + one.Error,
	}
}
