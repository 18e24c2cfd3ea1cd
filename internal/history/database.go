// Package history keeps the results of many runs in a SQLite file and tells, for each target and check, what
// failed when.
package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// patience is how long a statement waits for another process that writes to the same file.
const patience = 30 * time.Second

// applicationID marks our files for file(1) and for Open (https://www.sqlite.org/fileformat2.html#application_id).
const applicationID = 0x736d6368 // "smch"

// migrations lead from one version of the schema to the next; the version is how many were applied, and stands
// in user_version. One that was released never changes.
var migrations = []string{
	`CREATE TABLE line ( -- runs that can be compared with each other
		id      INTEGER PRIMARY KEY,
		target  TEXT NOT NULL, -- FHIR base URL; on a loopback address without the port, behind the name
		spec    TEXT NOT NULL, -- version of SMART App Launch
		profile TEXT NOT NULL, -- id of the profile, or ''
		strict  INTEGER NOT NULL,
		UNIQUE (target, spec, profile, strict)
	) STRICT;
	CREATE TABLE run (
		id       INTEGER PRIMARY KEY,
		line     INTEGER NOT NULL REFERENCES line,
		name     TEXT NOT NULL, -- of the target, or ''
		fhir     TEXT NOT NULL,
		tool     TEXT NOT NULL,
		version  TEXT NOT NULL, -- of the tool
		started  TEXT NOT NULL, -- 2026-03-14T09:26:53.589Z
		finished TEXT NOT NULL,
		verdict  TEXT NOT NULL, -- conformant, non-conformant or not judged
		UNIQUE (line, started, tool, version)
	) STRICT;
	CREATE TABLE chk (
		id    INTEGER PRIMARY KEY,
		name  TEXT NOT NULL UNIQUE, -- the id of the check
		level TEXT NOT NULL,
		area  TEXT NOT NULL,
		title TEXT NOT NULL
	) STRICT;
	CREATE TABLE finding (
		run     INTEGER NOT NULL REFERENCES run,
		chk     INTEGER NOT NULL REFERENCES chk,
		status  TEXT NOT NULL CHECK (status IN ('pass', 'fail', 'warn', 'info', 'skip', 'error')),
		excused INTEGER NOT NULL, -- an expectations file says so
		message TEXT, -- of a failure or a warning
		PRIMARY KEY (run, chk)
	) STRICT, WITHOUT ROWID;`,
}

// Database is an open history. Close it.
type Database struct{ sql *sql.DB }

// Open opens the history in a file that exists. It fails when the file is not a history, or one of a later
// version of smartcheck.
func Open(ctx context.Context, path string) (*Database, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the history: %w; add results with: smartcheck history add RESULTS --db %s", err, path)
	}
	return open(ctx, path, "rw", migrations)
}

// Create opens the history in a file, which it makes when there is none.
func Create(ctx context.Context, path string) (*Database, error) {
	return open(ctx, path, "rwc", migrations)
}

func open(ctx context.Context, path, mode string, migrations []string) (*Database, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the history: %w", err)
	}
	absolute = filepath.ToSlash(absolute)
	if !strings.HasPrefix(absolute, "/") { // a drive letter (https://www.sqlite.org/uri.html)
		absolute = "/" + absolute
	}
	options := url.Values{
		"mode": {mode}, "_txlock": {"immediate"}, "_foreign_keys": {"on"},
		"_busy_timeout": {fmt.Sprint(patience.Milliseconds())},
	}
	name := url.URL{Scheme: "file", Path: absolute, RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("open the history %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db, migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("open the history %s: %w", path, advised(err)), db.Close())
	}
	return &Database{db}, nil
}

// Close closes the file.
func (d *Database) Close() error { return d.sql.Close() }

// advice says what to do about an error of SQLite, by its primary code (https://www.sqlite.org/rescode.html).
var advice = map[int]string{
	sqlite3.SQLITE_BUSY:     "another process keeps writing to it; try again when that has ended",
	sqlite3.SQLITE_CANTOPEN: "does its directory exist, and may you write there?",
	sqlite3.SQLITE_CORRUPT:  "the file is damaged; take a copy of it from before, or add the results to a new one with --db",
	sqlite3.SQLITE_FULL:     "make room on the disk",
	sqlite3.SQLITE_NOTADB:   "is it a history of smartcheck?",
	sqlite3.SQLITE_READONLY: "may you write to the file and to its directory?",
}

// advised adds to an error of SQLite what to do about it.
func advised(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok || advice[failure.Code()&0xff] == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice[failure.Code()&0xff])
}

// migrate brings the file to the current version. Two processes may do so at once: the second waits and then
// finds it done.
func migrate(ctx context.Context, db *sql.DB, migrations []string) error {
	if version, err := versionOf(ctx, db, len(migrations)); err != nil || version == len(migrations) {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	version, err := versionOf(ctx, tx, len(migrations))
	if err != nil {
		return err
	}
	for _, step := range migrations[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bring it from version %d to %d: %w", version, len(migrations), err)
		}
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(migrations))
	if _, err := tx.ExecContext(ctx, marks); err != nil {
		return err
	}
	return tx.Commit()
}

// versionOf returns the version of the schema; 0 is an empty file.
func versionOf(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, newest int) (int, error) {
	var version, application, tables int
	row := db.QueryRowContext(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`)
	if err := row.Scan(&version, &application, &tables); err != nil {
		return 0, fmt.Errorf("read its version: %w", err)
	}
	switch {
	case application != applicationID && (tables > 0 || version != 0 || application != 0):
		return 0, errors.New("it is a database of another program; name another file with --db")
	case version > newest:
		return 0, fmt.Errorf("a later version of smartcheck made it (version %d, this program knows %d); use that one", version, newest)
	case version < 0:
		return 0, fmt.Errorf("its version is %d, which no smartcheck writes", version)
	}
	return version, nil
}
