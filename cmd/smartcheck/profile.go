package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/profile"
	"github.com/smart-conformance/smartcheck/reporters"
)

// chosenProfile is what --profile names. Without it nothing is chosen.
type chosenProfile struct {
	name   string
	loaded *profile.Profile
}

func (p *chosenProfile) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.name, "profile", "", "run the checks of this profile, by its levels: a name that smartcheck profiles lists, or a file")
}

// load reads the profile and returns the version of SMART App Launch to judge by: spec, where --spec names
// one, and else that of the target, if the profile adopts it. A target of another version is judged by the
// first that the profile adopts, which standard error then says. The result is spec when nothing changes.
func (p *chosenProfile) load(cmd *cobra.Command, spec, targetSpec string) (string, error) {
	if p.name == "" {
		return spec, nil
	}
	loaded, err := profile.Load(p.name)
	if err != nil {
		return "", fail(2, "--profile: %w", err)
	}
	p.loaded = &loaded
	switch version := checks.Version(targetSpec); {
	case spec != "" && !loaded.Adopts(checks.Version(spec)):
		return "", fail(2, "--spec %s: the profile %s adopts SMART App Launch %v; leave --spec out or name one of these", spec, loaded.ID, loaded.Versions)
	case spec != "", loaded.Adopts(version):
		return spec, nil
	default:
		first := string(loaded.Versions[0])
		fmt.Fprintf(cmd.ErrOrStderr(), "smartcheck: the profile %s adopts SMART App Launch %s; judging by it instead of %s\n", loaded.ID, first, targetSpec)
		return first, nil
	}
}

// of returns those of the checks that the profile selects.
func (p chosenProfile) of(all []checks.Check) ([]checks.Check, error) {
	if p.loaded == nil {
		return all, nil
	}
	selected, err := p.loaded.Select(all)
	if err != nil {
		return nil, fail(2, "--profile %s: %w", p.name, err)
	}
	return selected, nil
}

// record is what the results keep of the profile, or nil.
func (p chosenProfile) record() *reporters.Profile {
	if p.loaded == nil {
		return nil
	}
	return p.loaded.Record()
}
