package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/reference"
)

// selector names what the line selects, such as "area token".
func (l Line) selector() string {
	switch {
	case l.Check != "":
		return "check " + l.Check
	case l.Area != "":
		return "area " + l.Area
	default:
		return "requirement " + l.Requirement
	}
}

// matches reports whether the line selects a check.
func (l Line) matches(c checks.Check) bool {
	switch {
	case l.Check != "":
		return c.ID == l.Check
	case l.Area != "":
		return c.Area() == l.Area
	default:
		return slices.Contains(c.Requirements, l.Requirement)
	}
}

// selects returns the checks that the line selects.
func (l Line) selects(all []checks.Check) []checks.Check {
	return slices.DeleteFunc(slices.Clone(all), func(c checks.Check) bool { return !l.matches(c) })
}

// mistake says why the line selects nothing, or nil.
func (l Line) mistake() error {
	all := checks.All()
	if len(l.selects(all)) > 0 {
		return nil
	}
	switch {
	case l.Check != "":
		return unknown("check", l.Check, namesOf(all, func(c checks.Check) string { return c.ID }))
	case l.Area != "":
		return unknown("area", l.Area, namesOf(all, checks.Check.Area))
	}
	if _, ok := catalogue.Lookup(l.Requirement); ok {
		return fmt.Errorf("no check judges the requirement %s; name it under uncovered", l.Requirement)
	}
	if nearest := reference.Everything().NearestID(l.Requirement); nearest != "" {
		return fmt.Errorf("there is no requirement %q; the nearest is %q", l.Requirement, nearest)
	}
	return fmt.Errorf("there is no requirement %q; smartcheck requirements lists them", l.Requirement)
}

func namesOf(all []checks.Check, name func(checks.Check) string) []string {
	var names []string
	for _, c := range all {
		names = append(names, name(c))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Select returns the checks of the profile, in their order: those that its lines name, without those that it
// leaves out and those that hold in none of its versions, and the checks of its mandatory capability sets.
// It fails when none is left.
func (p Profile) Select(all []checks.Check) ([]checks.Check, error) {
	selected := slices.DeleteFunc(slices.Clone(all), func(c checks.Check) bool {
		named := slices.ContainsFunc(p.Checks, func(l Line) bool { return l.matches(c) }) && !p.leavesOut(c)
		return !(named || p.judgesSet(c)) || !slices.ContainsFunc(p.Versions, c.In)
	})
	if len(selected) == 0 {
		return nil, errors.New("the profile selects no check that holds in SMART App Launch " + p.versions())
	}
	return selected, nil
}

func (p Profile) leavesOut(c checks.Check) bool {
	return slices.ContainsFunc(p.Without, func(l Line) bool { return l.matches(c) })
}

// judgesSet reports whether the check judges a mandatory capability set.
func (p Profile) judgesSet(c checks.Check) bool {
	return slices.ContainsFunc(p.Sets, func(s Sets) bool {
		return slices.ContainsFunc(append(s.All[:len(s.All):len(s.All)], s.Any...), func(name string) bool {
			set, ok := checks.SetNamed(name)
			return ok && set.Check == c.ID
		})
	})
}

// versions lists the versions that the programme adopts, in words.
func (p Profile) versions() string { return inWordsOf(p.Versions) }

func inWordsOf(versions []checks.Version) string {
	var words []string
	for _, v := range versions {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

// Adjustments are what the profile changes of the judgement.
func (p Profile) Adjustments() checks.Adjustments {
	var a checks.Adjustments
	all := checks.All()
	for _, l := range p.Checks {
		if l.Required {
			a.Required = append(a.Required, l.Check)
		}
		if l.Level == "" {
			continue
		}
		if a.Levels == nil {
			a.Levels = map[string]checks.Adjustment{}
		}
		for _, c := range l.selects(all) {
			if level := l.levelOf(c); (level != c.Level || l.Check != "") && !p.leavesOut(c) {
				a.Levels[c.ID] = checks.Adjustment{Level: level, Cite: l.Cite, Reason: l.Reason}
			}
		}
	}
	for _, s := range p.Sets {
		a.AllSets = append(a.AllSets, s.All...)
		if len(s.Any) > 0 {
			a.AnySets = append(a.AnySets, s.Any)
		}
	}
	return a
}

// levelOf is the level that the line gives to a check: that of the line, or its negation for a check that
// says that something is not to be.
func (l Line) levelOf(c checks.Check) checks.Level {
	negative := c.Level == checks.ShallNot || c.Level == checks.ShouldNot
	switch {
	case l.Level == checks.Shall && negative:
		return checks.ShallNot
	case l.Level == checks.Should && negative:
		return checks.ShouldNot
	default:
		return l.Level
	}
}
