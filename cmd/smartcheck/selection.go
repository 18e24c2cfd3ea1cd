package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/reference"
)

// selection says which checks run.
type selection struct {
	suites, ids, levels []string
	labelFilter         string
	profile             chosenProfile
}

func (s *selection) addFlags(cmd *cobra.Command) {
	s.profile.addFlag(cmd)
	cmd.Flags().StringSliceVar(&s.suites, "suite", nil, "run only the checks of these areas")
	cmd.Flags().StringSliceVar(&s.ids, "check", nil, "run only these checks")
	cmd.Flags().StringSliceVar(&s.levels, "level", nil, "run only the checks of these levels, such as SHALL")
	cmd.Flags().StringVar(&s.labelFilter, "label-filter", "", "run only the specs whose labels match, in Ginkgo's syntax")
}

// checks returns the selected checks. A name that selects nothing is an error.
func (s selection) checks() ([]checks.Check, error) {
	all := checks.All()
	for _, id := range s.ids {
		if _, ok := checks.Lookup(id); !ok {
			return nil, fail(2, "there is no check %q; %s", id, nearestOr(id, idsOf(all), `"smartcheck checks" lists them`))
		}
	}
	for _, area := range s.suites {
		if !slices.ContainsFunc(all, func(c checks.Check) bool { return c.Area() == area }) {
			return nil, fail(2, "there is no suite %q; there are %s", area, strings.Join(areasOf(all), ", "))
		}
	}
	for _, level := range s.levels {
		if !slices.ContainsFunc(all, func(c checks.Check) bool { return strings.EqualFold(string(c.Level), level) }) {
			return nil, fail(2, "no check has the level %q; levels are SHALL, SHALL NOT, SHOULD, SHOULD NOT and MAY", level)
		}
	}
	all, err := s.profile.of(all)
	if err != nil {
		return nil, err
	}
	selected := slices.DeleteFunc(all, func(c checks.Check) bool {
		return len(s.ids) > 0 && !slices.Contains(s.ids, c.ID) ||
			len(s.suites) > 0 && !slices.Contains(s.suites, c.Area()) ||
			len(s.levels) > 0 && !slices.ContainsFunc(s.levels, func(l string) bool { return strings.EqualFold(l, string(c.Level)) })
	})
	if len(selected) == 0 {
		return nil, fail(2, "the selection leaves no check to run")
	}
	return selected, nil
}

func idsOf(all []checks.Check) []string {
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return ids
}

func areasOf(all []checks.Check) []string {
	var areas []string
	for _, c := range all {
		if !slices.Contains(areas, c.Area()) {
			areas = append(areas, c.Area())
		}
	}
	return areas
}

// checkSpec refuses a version of SMART App Launch that nobody published.
func checkSpec(spec string) error {
	if spec == "" || slices.Contains(checks.Versions, checks.Version(spec)) {
		return nil
	}
	return fail(2, "there is no SMART App Launch %q here; there are 1.0.0, 2.0.0 and 2.2.0", spec)
}

// nearestOr says which known word is nearest to one that is not, or else where all are found.
func nearestOr(word string, known []string, found string) string {
	if nearest := reference.Nearest(word, known); nearest != "" {
		return fmt.Sprintf("the nearest is %q", nearest)
	}
	return found
}
