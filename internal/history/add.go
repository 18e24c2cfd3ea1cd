package history

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Bounds of what is kept of a finding, in bytes.
const (
	maxMessage = 500
	maxTitle   = 300
)

// moment is how the file spells a time: the same length always, so that text sorts by time.
const moment = "2006-01-02T15:04:05.000Z"

// Add keeps runs, all of them or none. It reports for each whether it is new: a run that the history has
// already, by target, rules, time and tool, is left alone.
func (d *Database) Add(ctx context.Context, runs []reporters.Results) ([]bool, error) {
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("add to the history: %w", advised(err))
	}
	defer tx.Rollback()
	added := make([]bool, len(runs))
	for i, r := range runs {
		if added[i], err = add(ctx, tx, r); err != nil {
			return nil, fmt.Errorf("add the run of %s to the history: %w", r.Started.UTC().Format(moment), advised(err))
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("add to the history: %w", advised(err))
	}
	return added, nil
}

func add(ctx context.Context, tx *sql.Tx, r reporters.Results) (bool, error) {
	var line int64
	profile := ""
	if r.Profile != nil {
		profile = r.Profile.ID
	}
	// An upsert that changes nothing returns the row that is there.
	err := tx.QueryRowContext(ctx, `INSERT INTO line (target, spec, profile, strict) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET target = excluded.target RETURNING id`,
		r.Target.Identity(), string(r.Target.Spec), profile, r.Strict).Scan(&line)
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO run (line, name, fhir, tool, version, started, finished, verdict)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		line, r.Target.Name, r.Target.FHIR, r.Tool.Name, r.Tool.Version, spelled(r.Started), spelled(r.Finished), string(r.Verdict()))
	if err != nil {
		return false, err
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return false, err
	}
	run, err := result.LastInsertId()
	if err != nil {
		return false, err
	}
	return true, addFindings(ctx, tx, run, r.Findings)
}

func addFindings(ctx context.Context, tx *sql.Tx, run int64, findings []checks.Finding) error {
	name, err := tx.PrepareContext(ctx, `INSERT INTO chk (name, level, area, title) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET level = excluded.level, area = excluded.area, title = excluded.title RETURNING id`)
	if err != nil {
		return err
	}
	defer name.Close()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO finding (run, chk, status, excused, message) VALUES (?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	worst := reporters.ByCheck(findings)
	for _, id := range slices.Sorted(maps.Keys(worst)) {
		f := worst[id]
		var check int64
		if err := name.QueryRowContext(ctx, f.Check, string(f.Level), f.Area, shortened(f.Title, maxTitle)).Scan(&check); err != nil {
			return err
		}
		message := sql.NullString{String: shortened(f.Message, maxMessage), Valid: broken(f.Status)}
		if _, err := insert.ExecContext(ctx, run, check, string(f.Status), f.Excused(), message); err != nil {
			return err
		}
	}
	return nil
}

func spelled(t time.Time) string { return t.UTC().Format(moment) }

// broken reports whether a check found its requirement not met.
func broken(s checks.Status) bool { return s == checks.Failed || s == checks.Warned }

// shortened cuts text to that many bytes, not inside a character.
func shortened(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
