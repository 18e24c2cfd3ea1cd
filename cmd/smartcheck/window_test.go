package main

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestWindowWithoutDisplay says that nothing can be shown, before anything is run.
func TestWindowWithoutDisplay(t *testing.T) {
	for _, args := range [][]string{{"run", "--manual"}, {"run", "--headed"}, {"demo", "--headed"}} {
		t.Run(args[0]+args[1], func(t *testing.T) {
			g := NewWithT(t)
			p := command(t, map[string]string{"DISPLAY": "", "WAYLAND_DISPLAY": ""}, args...)
			p.start()
			p.wait()
			g.Expect(p.code()).To(Equal(2))
			g.Expect(p.errors.String()).To(ContainSubstring("there is no display to show the browser on"))
		})
	}
}

// TestRunKeepsTheJourneyOfAFailure reads how the browser got to the page on which a launch ended.
func TestRunKeepsTheJourneyOfAFailure(t *testing.T) {
	g := NewWithT(t)
	file, _ := startLogin(t, page("Weather", `<form><button>Sunshine</button><button>Rain</button></form><script src="/missing.js"></script>`), impatient)
	p := command(t, environment, "run", "-c", file, "--check", "launch.patient-standalone-public,discovery.json")
	p.Args = append(p.Args, "--reports", p.reports)
	stale := filepath.Join(p.reports, "evidence", "grant.of-yesterday-1-1.jpg")
	g.Expect(os.MkdirAll(filepath.Dir(stale), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(stale, nil, 0o600)).To(Succeed())
	p.start()
	p.wait()
	g.Expect(p.code()).To(Equal(3), "%s", &p.errors)

	launch := p.finding("launch.patient-standalone-public")
	g.Expect(launch.Reason).To(ContainSubstring(" was not reached: the page was not understood"))
	journeys := p.results().Journeys
	g.Expect(journeys).To(HaveLen(1))
	last := journeys[0].Pages[len(journeys[0].Pages)-1]
	g.Expect(last.Title).To(Equal("Weather"))
	g.Expect(last.Failed).NotTo(BeEmpty())
	picture := filepath.Join("evidence", last.Screenshot)
	g.Expect(filepath.Join(p.reports, picture)).To(BeARegularFile())
	g.Expect(stale).NotTo(BeAnExistingFile(), "no report names it any more")
	g.Expect(p.out.String()).To(And(ContainSubstring(`200 OK "Weather"`), ContainSubstring("picture"), ContainSubstring("/missing.js 404")))
	junit, err := os.ReadFile(filepath.Join(p.reports, "junit.xml"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(junit)).To(ContainSubstring(filepath.ToSlash(picture)))
}
