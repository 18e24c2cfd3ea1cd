// Package selftest proves that each check can fail: it runs the checks against the reference EHR with
// one fault at a time, and against the one without.
package selftest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// Matrix is which check caught which fault.
type Matrix struct {
	Clean  Clean `json:"clean"`
	Faults []Row `json:"faults"`
}

// Clean is the runs without a fault: one of the reference EHR in each version of SMART App Launch that a
// fault needs.
type Clean struct {
	Failed   []string                    `json:"failed"`   // checks that did not pass, skip or note, in any version
	Versions map[checks.Version][]string `json:"versions"` // the same, by version
	Skipped  map[checks.Version][]string `json:"skipped"`  // checks that hold in the version and judged nothing
}

// Row is the run with one fault.
type Row struct {
	ID       string   `json:"id"`
	Summary  string   `json:"summary"`
	Expected []string `json:"expected"` // the checks that must catch it
	Caught   []string `json:"caught"`   // of these, those that failed or warned
	Missed   []string `json:"missed"`   // of these, those that did not
	Others   []string `json:"others"`   // other checks that failed, warned or could not judge
}

// Proven reports whether every fault was caught and nothing was red without one.
func (m Matrix) Proven() bool {
	return len(m.Clean.Failed) == 0 && !slices.ContainsFunc(m.Faults, func(r Row) bool { return len(r.Missed) > 0 })
}

// Options say how the matrix is run.
type Options struct {
	EveryCheck bool              // run every check and launch with every fault, not only what concerns it
	Progress   func(line string) // may be nil
}

// atOnce is how many faults are tried at the same time.
const atOnce = 2

// Run starts reference EHRs and runs the checks without a fault, and then with each of the chosen faults.
// An error means that the matrix could not be run.
func Run(ctx context.Context, chosen []faults.Fault, o Options) (Matrix, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	m := Matrix{Clean: Clean{Failed: []string{}, Versions: map[checks.Version][]string{}, Skipped: map[checks.Version][]string{}}, Faults: make([]Row, len(chosen))}
	r := runner{ctx: ctx, options: o, servers: map[checks.Version]*sandbox.Sandbox{}}
	defer r.close()
	if err := r.start(chosen); err != nil {
		return m, err
	}
	for _, version := range checks.Versions {
		if r.servers[version] == nil {
			continue
		}
		failed, skipped, err := r.clean(version)
		if err != nil {
			return m, err
		}
		m.Clean.Versions[version], m.Clean.Skipped[version] = failed, skipped
		for _, id := range failed {
			if !slices.Contains(m.Clean.Failed, id) {
				m.Clean.Failed = append(m.Clean.Failed, id)
			}
		}
	}
	errs := make([]error, len(chosen))
	slots := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, f := range chosen {
		slots <- struct{}{}
		wait.Go(func() {
			m.Faults[i], errs[i] = r.row(f)
			<-slots
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return m, err
		}
	}
	return m, ctx.Err()
}

type runner struct {
	ctx      context.Context
	servers  map[checks.Version]*sandbox.Sandbox
	chromium *browser.Browser // shared: every run has isolated contexts of its own in it
	options  Options
}

// start starts the newest reference EHR, those of the older versions that a fault needs, and a browser
// that trusts them.
func (r *runner) start(chosen []faults.Fault) error {
	versions := []checks.Version{checks.V2_2_0}
	for _, f := range chosen {
		versions = append(versions, versionOf(f))
	}
	var roots []byte
	for _, version := range versions {
		if r.servers[version] != nil {
			continue
		}
		server, err := sandbox.Start(r.ctx, string(version))
		if err != nil {
			return err
		}
		r.servers[version] = server
		roots = append(roots, server.CAPEM()...)
	}
	var err error
	r.chromium, err = browser.Start(r.ctx, browser.Options{Roots: roots})
	return err
}

func (r *runner) close() {
	if r.chromium != nil {
		_ = r.chromium.Close()
	}
	for _, server := range r.servers {
		server.Close()
	}
}

// clean returns the checks that are red without a fault, and those that hold in the version and are
// skipped.
func (r *runner) clean(version checks.Version) (failed, skipped []string, err error) {
	findings, err := r.findings("", version, checks.All(), nil)
	if err != nil {
		return nil, nil, err
	}
	failed, skipped = []string{}, []string{}
	for _, f := range findings {
		c, _ := checks.Lookup(f.Check)
		switch {
		case red(f) || f.Status == checks.Undecided:
			failed = append(failed, f.Check)
		case f.Status == checks.Skipped && c.In(version):
			skipped = append(skipped, f.Check)
		default:
			continue
		}
		r.options.Progress(fmt.Sprintf("without a fault, %s: %s %s: %s%s", version, f.Status, f.Check, f.Message, f.Reason))
	}
	return failed, skipped, nil
}

// row tries one fault.
func (r *runner) row(f faults.Fault) (Row, error) {
	row := Row{ID: f.ID, Summary: f.Summary, Expected: f.Checks, Caught: []string{}, Missed: []string{}, Others: []string{}}
	found, err := r.findings(f.ID, versionOf(f), r.concerned(f), r.launches(f))
	if err != nil {
		return row, err
	}
	for _, finding := range found {
		expected := slices.Contains(f.Checks, finding.Check)
		switch {
		case expected && red(finding):
			row.Caught = append(row.Caught, finding.Check)
		case expected:
			row.Missed = append(row.Missed, finding.Check)
			r.options.Progress(fmt.Sprintf("%s: missed by %s: %s %s%s", f.ID, finding.Check, finding.Status, finding.Message, finding.Reason))
		case red(finding) || finding.Status == checks.Undecided:
			row.Others = append(row.Others, finding.Check)
		}
	}
	for _, id := range f.Checks {
		if !slices.Contains(row.Caught, id) && !slices.Contains(row.Missed, id) {
			row.Missed = append(row.Missed, id) // the check does not exist
		}
	}
	r.options.Progress(fmt.Sprintf("%s: %d of %d caught", f.ID, len(row.Caught), len(row.Expected)))
	return row, nil
}

// concerned returns the checks to run for a fault: those that must catch it and those that judge the
// same evidence.
func (r *runner) concerned(f faults.Fault) []checks.Check {
	all := checks.All()
	if r.options.EveryCheck {
		return all
	}
	kinds := map[string]bool{}
	for _, c := range all {
		if slices.Contains(f.Checks, c.ID) {
			kinds[c.Kind()] = true
		}
	}
	return slices.DeleteFunc(all, func(c checks.Check) bool { return !kinds[c.Kind()] })
}

// versionOf returns the newest version in which every check holds that must catch the fault.
func versionOf(f faults.Fault) checks.Version {
	for _, v := range slices.Backward(checks.Versions) {
		if !slices.ContainsFunc(f.Checks, func(id string) bool {
			c, known := checks.Lookup(id)
			return known && !c.In(v)
		}) {
			return v
		}
	}
	return checks.V2_2_0
}

// few are launches of each user, each mode and each client kind. Two of them share user, client and
// record, and two the user and the record.
var few = []evidence.Launch{
	{User: "patient", Mode: "standalone", Client: "public"}, {User: "patient", Mode: "ehr", Client: "public"},
	{User: "patient", Mode: "ehr", Client: "symmetric"}, {User: "clinician", Mode: "standalone", Client: "asymmetric"},
}

// launches returns the launches that are made where a check looks at all of them: a few, unless a single
// launch is what the fault breaks.
func (r *runner) launches(f faults.Fault) []evidence.Launch {
	single := slices.ContainsFunc(f.Checks, func(id string) bool { return strings.HasPrefix(id, "launch.") })
	if r.options.EveryCheck || single {
		return nil
	}
	return few
}

// findings judges the tenant with that fault. Where all launches are gathered, only these are made; nil
// means all.
func (r *runner) findings(fault string, version checks.Version, selected []checks.Check, only []evidence.Launch) ([]checks.Finding, error) {
	s, err := session.New(r.servers[version].Target(fault))
	if err != nil {
		return nil, err
	}
	s.Only = only
	s.Borrow(r.chromium)
	run := engine.New(s, checks.Options{Version: version})
	found := run.Findings(r.ctx, selected)
	run.Wait()
	return found, s.Close()
}

func red(f checks.Finding) bool { return f.Status == checks.Failed || f.Status == checks.Warned }
