package profile

import (
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
)

// Outline is a profile in a list, as smartcheck profiles --format json writes it. Fields may be added, never
// renamed.
type Outline struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Source   string           `json:"source"`
	Versions []checks.Version `json:"versions"`
	Checks   int              `json:"checks"` // how many it selects
}

// Outline returns the profile as it stands in a list.
func (p Profile) Outline() Outline {
	return Outline{ID: p.ID, Title: p.Title, Source: p.Source, Versions: p.Versions, Checks: len(p.selected())}
}

// Detail is a profile with what its lines select, as smartcheck profiles show --format json writes it. Fields
// may be added, never renamed.
type Detail struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Source    string           `json:"source"`
	Versions  []checks.Version `json:"versions"`
	About     string           `json:"about,omitempty"`
	Sets      []Sets           `json:"sets"`
	Lines     []DetailLine     `json:"lines"`
	Without   []DetailLine     `json:"without"`
	Uncovered []Uncovered      `json:"uncovered"`
	Selected  []string         `json:"checks"` // the ids of all checks that the profile selects
}

// DetailLine is a line with the checks that it selects.
type DetailLine struct {
	What string `json:"what"` // such as "area token"
	Line
	Selects []string `json:"selects"`
}

// Detail returns the profile with what its lines select.
func (p Profile) Detail() Detail {
	return Detail{
		ID: p.ID, Title: p.Title, Source: p.Source, Versions: p.Versions, About: p.About,
		Sets: append([]Sets{}, p.Sets...), Uncovered: append([]Uncovered{}, p.Uncovered...),
		Lines: p.detailed(p.Checks, p.selected()), Without: p.detailed(p.Without, checks.All()), Selected: idsOf(p.selected()),
	}
}

func (p Profile) detailed(lines []Line, among []checks.Check) []DetailLine {
	out := []DetailLine{}
	for _, l := range lines {
		out = append(out, DetailLine{What: l.selector(), Line: l, Selects: idsOf(l.selects(among))})
	}
	return out
}

// selected returns the checks of a profile that was loaded, and so selects some.
func (p Profile) selected() []checks.Check {
	all, _ := p.Select(checks.All())
	return all
}

func idsOf(all []checks.Check) []string {
	ids := []string{}
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}

// LevelInWords says what the line makes of the level.
func (l Line) LevelInWords() string {
	words := string(l.Level)
	if l.Required {
		words = strings.TrimSpace(words + " required")
	}
	if l.Level != "" && l.Reason != "" {
		words += " (" + l.Reason + ")"
	}
	return words
}

// InWords names the sets.
func (s Sets) InWords() string {
	if len(s.Any) > 0 {
		return "one of the capability sets " + strings.Join(s.Any, ", ")
	}
	if len(s.All) == 1 {
		return "the capability set " + s.All[0]
	}
	return "the capability sets " + strings.Join(s.All, ", ")
}
