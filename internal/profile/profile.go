// Package profile reads profiles: data files that say which checks a programme asks for, at which level,
// and which capability sets it makes mandatory, each line with the clause that it follows.
package profile

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/reference"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Profile is a programme in terms of checks.
type Profile struct {
	ID     string `yaml:"id" json:"id"`
	Title  string `yaml:"title" json:"title"`
	Source string `yaml:"source" json:"source"` // URL of the programme's document
	// Versions are the versions of SMART App Launch that the programme adopts. A target of another version
	// is judged by the first.
	Versions []checks.Version `yaml:"versions" json:"versions"`
	About    string           `yaml:"about" json:"about,omitempty"` // what a reader should know, in a few sentences
	Sets     []Sets           `yaml:"sets" json:"sets,omitempty"`
	Checks   []Line           `yaml:"checks" json:"checks"`
	Without  []Line           `yaml:"without" json:"without,omitempty"`
	// Uncovered are demands of the programme that no check judges.
	Uncovered []Uncovered `yaml:"uncovered" json:"uncovered,omitempty"`
}

// Sets makes capability sets mandatory: all of them, or any one.
type Sets struct {
	All  []string `yaml:"all" json:"all,omitempty"`
	Any  []string `yaml:"any" json:"any,omitempty"`
	Cite string   `yaml:"cite" json:"cite"`
}

// Line names checks: one, those of an area, or those of a requirement.
type Line struct {
	Check       string `yaml:"check" json:"check,omitempty"`
	Area        string `yaml:"area" json:"area,omitempty"`
	Requirement string `yaml:"requirement" json:"requirement,omitempty"`
	// Level takes the place of the level of the checks: SHALL, SHOULD or MAY. A check that says that something
	// is not to be keeps saying so: SHALL is SHALL NOT there.
	Level    checks.Level `yaml:"level" json:"level,omitempty"`
	Required bool         `yaml:"required" json:"required,omitempty"` // a skip leaves the check undecided
	Cite     string       `yaml:"cite" json:"cite"`
	Reason   string       `yaml:"reason" json:"reason,omitempty"` // of a level that is lower, or of leaving out

	line int // in the file
}

// Uncovered is a demand of the programme that no check judges.
type Uncovered struct {
	Demand string `yaml:"demand" json:"demand"`
	Reason string `yaml:"reason" json:"reason"`
	Cite   string `yaml:"cite" json:"cite"`
}

//go:embed builtin/*.yaml
var builtin embed.FS

// order lists the built-in profiles: the specification first, then its capability sets, then programmes.
var order = []string{
	"smart-2.2.0", "patient-access-standalone", "patient-access-ehr", "clinician-access-standalone",
	"clinician-access-ehr", "onc-g10", "isik-sicherheit", "isik-connect", "tw-pas",
}

// Names lists the ids of the built-in profiles.
func Names() []string { return slices.Clone(order) }

// All returns the built-in profiles. One that cannot be read is a defect of the build.
func All() ([]Profile, error) {
	var all []Profile
	for _, name := range order {
		p, err := Load(name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// maxProfile bounds a profile, in bytes.
const maxProfile = 1 << 20

// Load returns the built-in profile with that id, or the one in the file with that path. The error says what
// is wrong, and on which line.
func Load(nameOrPath string) (Profile, error) {
	if slices.Contains(order, nameOrPath) {
		raw, err := fs.ReadFile(builtin, path.Join("builtin", nameOrPath+".yaml"))
		if err != nil {
			return Profile{}, fmt.Errorf("profile %s: %w", nameOrPath, err)
		}
		return parse(nameOrPath, raw)
	}
	file, err := os.Open(nameOrPath)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(nameOrPath, `/\`) && !strings.HasSuffix(nameOrPath, ".yaml"):
		return Profile{}, unknown("profile", nameOrPath, order)
	case err != nil:
		return Profile{}, fmt.Errorf("cannot read the profile: %w; name a file, or one of %s", err, strings.Join(order, ", "))
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxProfile+1))
	switch {
	case err != nil:
		return Profile{}, fmt.Errorf("cannot read the profile: %w", err)
	case len(raw) > maxProfile:
		return Profile{}, fmt.Errorf("profile %s: longer than %d KiB; is this a profile?", nameOrPath, maxProfile>>10)
	}
	p, err := parse(nameOrPath, raw)
	if err == nil && slices.Contains(order, p.ID) {
		err = fmt.Errorf("profile %s: the id %s is that of a built-in profile; give it one of its own", nameOrPath, p.ID)
	}
	return p, err
}

// unknown is the error of a name that nothing has. It names the nearest that there is, or all of a few.
func unknown(what, name string, known []string) error {
	if nearest := reference.Nearest(name, known); nearest != "" {
		return fmt.Errorf("there is no %s %q; the nearest is %q", what, name, nearest)
	}
	if len(known) > 30 {
		return fmt.Errorf("there is no %s %q", what, name)
	}
	return fmt.Errorf("there is no %s %q; there are %s", what, name, strings.Join(known, ", "))
}

// Record is what results keep of the profile: enough to judge by it again.
func (p Profile) Record() *reporters.Profile {
	return &reporters.Profile{ID: p.ID, Title: p.Title, Source: p.Source, Adjustments: p.Adjustments()}
}

// Adopts reports whether the programme adopts that version of SMART App Launch.
func (p Profile) Adopts(v checks.Version) bool { return slices.Contains(p.Versions, v) }
