// Package suites is the Ginkgo tree: one container for each area, one spec for each check. It holds no
// judgement of its own. The binary runs it, go test runs it, and the tests of a Go server can embed it:
//
//	func TestSMART(t *testing.T) {
//		RegisterFailHandler(Fail)
//		suites.Register(suites.Config{FHIR: server.URL + "/fhir"}, suites.Options{})
//		RunSpecs(t, "SMART App Launch")
//	}
package suites

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Options say how a suite runs. The zero value runs every check.
type Options struct {
	Context context.Context // ends the run early; nil means never
	// Hurry ends the waiting for the server while the session is being closed; nil means never.
	Hurry  context.Context
	Checks []checks.Check // instead of all
	Strict bool           // warnings fail
	Tool   reporters.Tool // what judges, for reports
	// Profile, when set, is the profile that selected the checks. It adjusts how they are judged.
	Profile *reporters.Profile
	// Progress, when set, is told what becomes of every probe; Judged, of every finding. They may be called
	// from several goroutines.
	Progress func(engine.Event)
	Judged   func(checks.Finding)
	// Headed shows the browser. Manual, besides, lets a person sign in there; Asked is then told of the user
	// whom somebody must sign in as.
	Headed, Manual bool
	// Pictured takes a picture of every page that the browser shows.
	Pictured bool
	Asked    func(user string)
	// Report, when set, is given the results after the last spec.
	Report func(reporters.Results) error
}

// Suite is a registered tree and what became of it.
type Suite struct {
	config  Config
	options Options
	started time.Time

	ctx    context.Context
	cancel context.CancelFunc

	begin   sync.Once
	failure error // why no session could be opened
	session *session.Session
	run     *engine.Run

	outside bool           // the session is closed after Ginkgo has returned, and not by one of its nodes
	report  *ginkgo.Report // what Ginkgo has reported; nil when it gave up before

	results  reporters.Results
	evidence Evidence
	pictures map[string][]byte
}

// Evidence is what a run gathered, redacted.
type Evidence struct {
	Records   []evidence.Record // one for each kind that the checks of the run judge, in the order of their kinds
	Exchanges []evidence.Exchange
	Journeys  []evidence.Journey
}

// judged is what a spec reports to Ginkgo: its finding, and the exchanges that prove it. It may come from
// another process when Ginkgo runs the tree in parallel.
type judged struct {
	Finding   checks.Finding
	Exchanges []evidence.Exchange
	Journeys  []evidence.Journey
	Pictures  map[string][]byte // JPEG files by their names
}

// String is what Ginkgo shows of it.
func (j judged) String() string { return string(j.Finding.Status) + " " + j.Finding.Message }

// Register adds the tree to the Ginkgo suite that is being built. It must be called before RunSpecs.
func Register(cfg Config, o Options) *Suite {
	s := &Suite{config: cfg.WithDefaults(), options: o, started: time.Now()}
	s.register()
	return s
}

// register adds the tree.
func (s *Suite) register() {
	if s.options.Checks == nil {
		s.options.Checks = checks.All()
	}
	parent := s.options.Context
	if parent == nil {
		parent = context.Background()
	}
	if s.options.Hurry == nil {
		s.options.Hurry = context.Background()
	}
	s.ctx, s.cancel = context.WithCancel(parent)
	// One container around all keeps Ginkgo from shuffling the areas.
	ginkgo.Describe("SMART App Launch "+s.config.Spec, func() {
		for _, area := range areas(s.options.Checks) {
			ginkgo.Describe(area.name, ginkgo.Label("area:"+area.name), func() { s.specs(area) })
		}
	})
	// Ginkgo leaves an interrupted node that takes no context at once, with the session half closed.
	ginkgo.ReportAfterSuite("smartcheck results", func(_ ginkgo.SpecContext, report ginkgo.Report) {
		s.report = &report
		if s.outside {
			return
		}
		if err := s.finish(); err != nil {
			ginkgo.Fail(err.Error())
		}
	})
}

// Picture returns the JPEG file with a name that the results mention, after RunSpecs has returned; nil when
// there is none.
func (s *Suite) Picture(name string) []byte { return s.pictures[name] }

// Results returns the record of the run, after RunSpecs has returned.
func (s *Suite) Results() reporters.Results { return s.results }

// Interrupted reports whether the end of the run came before all was judged.
func (s *Suite) Interrupted() bool {
	return slices.ContainsFunc(s.results.Findings, func(f checks.Finding) bool {
		return f.Status == checks.Undecided && f.Reason == engine.Interrupted
	})
}

// Evidence returns what the run gathered, after RunSpecs has returned. In a run that Ginkgo splits over several
// processes it has no records.
func (s *Suite) Evidence() Evidence { return s.evidence }

// area is a container of the tree.
type area struct {
	name   string
	checks []checks.Check
}

// areas groups checks by area, in the order in which the areas first stand there.
func areas(all []checks.Check) []area {
	var out []area
	for _, c := range all {
		i := slices.IndexFunc(out, func(a area) bool { return a.name == c.Area() })
		if i < 0 {
			out, i = append(out, area{name: c.Area()}), len(out)
		}
		out[i].checks = append(out[i].checks, c)
	}
	return out
}

// specs adds the specs of an area. Those of one launch stand in a container of their own.
func (s *Suite) specs(a area) {
	launches := map[string][]checks.Check{}
	var order []string
	for _, c := range a.checks {
		if a.name != "launch" || len(c.Launches) != 1 {
			s.spec(c)
			continue
		}
		if launches[c.Launches[0]] == nil {
			order = append(order, c.Launches[0])
		}
		launches[c.Launches[0]] = append(launches[c.Launches[0]], c)
	}
	for _, launch := range order {
		ginkgo.Describe(launch, func() {
			for _, c := range launches[launch] {
				s.spec(c)
			}
		})
	}
}

func (s *Suite) spec(c checks.Check) {
	ginkgo.It(c.ID+": "+c.Title, ginkgo.Label(labels(c)...), func(ctx ginkgo.SpecContext) {
		s.begin.Do(s.start)
		f := s.finding(ctx, c)
		if s.options.Judged != nil {
			s.options.Judged(f)
		}
		ginkgo.AddReportEntry(c.ID, s.proven(f), types.ReportEntryVisibilityNever)
		switch f.Status {
		case checks.Failed:
			ginkgo.Fail(f.Message + "\nremedy: " + f.Remedy)
		case checks.Undecided:
			ginkgo.Fail("could not be judged: " + f.Reason)
		case checks.Skipped:
			ginkgo.Skip(f.Reason)
		case checks.Warned, checks.Noted:
			ginkgo.GinkgoWriter.Println(f.Message)
		}
	})
}

// labels are what --label-filter selects by.
func labels(c checks.Check) []string {
	out := []string{"level:" + string(c.Level), "check:" + c.ID}
	for _, id := range c.Requirements {
		out = append(out, "requirement:"+id)
	}
	for _, l := range c.Launches {
		out = append(out, "launch:"+l)
	}
	return out
}

// start opens the session and begins the probes of every spec that the label filter selects, so that
// they run at once while specs wait for one after the other.
func (s *Suite) start() {
	s.session, s.failure = session.New(s.config)
	if s.failure != nil {
		return
	}
	s.session.Pictured = s.options.Pictured
	s.session.Headed, s.session.Hand, s.session.Asked = s.options.Headed, s.options.Manual, s.options.Asked
	s.run = engine.New(s.session, s.judging())
	s.run.Progress = s.options.Progress
	configuration, _ := ginkgo.GinkgoConfiguration()
	if configuration.ParallelTotal > 1 || len(configuration.FocusStrings)+len(configuration.SkipStrings)+len(configuration.FocusFiles)+len(configuration.SkipFiles) > 0 {
		return // which specs run is known only when they do
	}
	s.run.Start(s.ctx, Selected(s.options.Checks, configuration.LabelFilter))
}

// judging says how the checks judge.
func (s *Suite) judging() checks.Options {
	o := checks.Options{Version: checks.Version(s.config.Spec), Strict: s.options.Strict}
	if s.options.Profile != nil {
		o.Adjustments = s.options.Profile.Adjustments
	}
	return o
}

// Selected returns the checks whose spec a label filter selects.
func Selected(all []checks.Check, filter string) []checks.Check {
	matches, err := types.ParseLabelFilter(filter)
	if err != nil {
		return nil // Ginkgo has refused the filter already
	}
	return slices.DeleteFunc(slices.Clone(all), func(c checks.Check) bool {
		return !matches(append(labels(c), "area:"+c.Area()))
	})
}

func (s *Suite) finding(ctx context.Context, c checks.Check) checks.Finding {
	if s.failure != nil {
		return s.undecided(c, s.failure.Error())
	}
	f := s.run.Finding(ctx, c)
	if ctx.Err() != nil {
		s.cancel() // the run is being interrupted: let the probes end
	}
	return f
}

// undecided is the finding of a check for which there is no evidence at all.
func (s *Suite) undecided(c checks.Check, why string) checks.Finding {
	return c.Judge(evidence.Record{Kind: c.Kind(), Error: why}, s.judging())
}

// proven returns a finding together with the exchanges that it points to.
func (s *Suite) proven(f checks.Finding) judged {
	j := judged{Finding: f}
	if s.session == nil {
		return j
	}
	for _, id := range f.Evidence {
		if e, ok := s.session.Recorder.Exchange(id); ok {
			j.Exchanges = append(j.Exchanges, e)
		}
	}
	if f.Status == checks.Passed || f.Status == checks.Noted || f.Status == checks.Skipped {
		return j
	}
	for _, e := range j.Exchanges {
		journey, known := s.session.Recorder.Journey(e.Journey)
		if !known || slices.ContainsFunc(j.Journeys, func(other evidence.Journey) bool { return other.ID == journey.ID }) {
			continue
		}
		j.Journeys = append(j.Journeys, journey)
		for _, p := range journey.Pages {
			if picture, ok := s.session.Recorder.Picture(p.Screenshot); ok {
				if j.Pictures == nil {
					j.Pictures = map[string][]byte{}
				}
				j.Pictures[p.Screenshot] = picture
			}
		}
	}
	return j
}

// TargetOf describes the server under test for reports.
func TargetOf(cfg Config) reporters.Target {
	t := reporters.Target{Name: cfg.Name, FHIR: cfg.FHIR, Spec: checks.Version(cfg.Spec), TLS: reporters.SystemRoots}
	switch {
	case cfg.TLS.Insecure:
		t.TLS = reporters.Unverified
	case !strings.HasPrefix(strings.ToLower(cfg.FHIR), "https:"):
		t.TLS = reporters.NoTLS
	case len(cfg.TLS.CA) > 0:
		t.TLS = reporters.NamedRoots
	}
	return t
}

// failHandler lets RunSpecs be called outside of go test.
type failHandler struct{}

// Fail is told by Ginkgo that a spec failed; the results say which.
func (failHandler) Fail() {}

// Run registers the tree and runs it, outside of go test. It may be called once in a process.
func Run(cfg Config, o Options, labelFilter string) (*Suite, error) {
	if _, err := types.ParseLabelFilter(labelFilter); err != nil {
		return nil, fmt.Errorf("the label filter %q cannot be read: %w", labelFilter, err)
	}
	if o.Checks == nil {
		o.Checks = checks.All()
	}
	if len(Selected(o.Checks, labelFilter)) == 0 {
		return nil, fmt.Errorf("the label filter %q leaves no check to run; labels are such as area:token, level:SHALL and launch:patient-standalone", labelFilter)
	}
	suite := &Suite{config: cfg.WithDefaults(), options: o, started: time.Now(), outside: true}
	suite.register()
	configuration, reporter := ginkgo.GinkgoConfiguration()
	configuration.LabelFilter = labelFilter
	configuration.Timeout = 24 * time.Hour // journeys and requests have bounds of their own
	ginkgo.RunSpecs(failHandler{}, "smartcheck", configuration, reporter)
	return suite, suite.finish()
}
