package history

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Bounds of the page.
const (
	maxLines = 200 // lines that are told in full
	maxRuns  = 400 // runs that a trend shows
)

var (
	//go:embed history.html
	pageTemplate string
	//go:embed history.css
	pageStyle string
)

// WriteHTML writes lines as one page that asks nothing of the network and runs no script: for each line the trend of
// its counts as a picture and as a table, and the checks that are newly broken, flap, were fixed, are or were
// broken, each with a strip of its last runs.
func WriteHTML(w io.Writer, lines []Line, language locale.Language) error {
	page, err := template.New("history").Funcs(template.FuncMap{
		"t": language.Text, "f": language.Format, "line": reporters.OneLine, "minute": minute, "day": day,
		"flapRuns": func() int { return flapRuns }, "stripRuns": func() int { return stripRuns },
	}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("write the history as HTML: %w", err)
	}
	hash := sha256.Sum256([]byte(pageStyle))
	data := htmlPage{
		Language: language, Style: template.CSS(pageStyle), Hash: base64.StdEncoding.EncodeToString(hash[:]),
		Statuses: statusColumns, Omitted: max(0, len(lines)-maxLines),
	}
	if data.Language == "" {
		data.Language = locale.English
	}
	for i, l := range lines[:min(len(lines), maxLines)] {
		data.Lines = append(data.Lines, htmlLineOf(l, i, language))
	}
	var out bytes.Buffer
	if err := page.Execute(&out, data); err != nil {
		return fmt.Errorf("write the history as HTML: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the history as HTML: %w", err)
	}
	return nil
}

type htmlPage struct {
	Language locale.Language
	Style    template.CSS // ours, as it stands in history.css
	Hash     string       // of Style, for the Content-Security-Policy
	Statuses []checks.Status
	Lines    []htmlLine
	Omitted  int // lines that are not told
}

type htmlLine struct {
	ID      string
	Title   string
	Latest  Run
	Runs    []Run
	Earlier int // runs that are not shown
	Chart   chart
	Themes  []htmlTheme
	Quiet   int // checks that no run broke
}

type htmlTheme struct {
	Title   string
	Total   int // of Stories, those too that are left out
	Stories []htmlStory
}

// Omitted is how many stories are left out.
func (t htmlTheme) Omitted() int { return t.Total - len(t.Stories) }

type htmlStory struct {
	story
	Cells []htmlCell
	Told  string // the strip in words
}

type htmlCell struct {
	Letter, Class, Title string
}

// pastTheme lists what was broken once and is not now, which only the page has room for.
var pastTheme = theme{"Broken before, and not now", func(s story) bool {
	return !s.Broken && !s.Fixed && !s.LastBroken.IsZero()
}}

func htmlLineOf(l Line, i int, language locale.Language) htmlLine {
	runs, from := l.latest(maxRuns)
	out := htmlLine{
		ID: fmt.Sprintf("line-%d", i+1), Title: l.title(), Latest: runs[len(runs)-1], Runs: runs, Earlier: from, Chart: chartOf(runs),
	}
	all := l.stories()
	for _, s := range all {
		if s.LastBroken.IsZero() {
			out.Quiet++
		}
	}
	for _, t := range append(themes[:len(themes):len(themes)], pastTheme) {
		listed := t.of(all)
		if len(listed) == 0 {
			continue
		}
		one := htmlTheme{Title: t.Title, Total: len(listed)}
		for _, s := range listed[:min(len(listed), maxListed)] {
			one.Stories = append(one.Stories, htmlStoryOf(l, s, language))
		}
		out.Themes = append(out.Themes, one)
	}
	return out
}

func htmlStoryOf(l Line, s story, language locale.Language) htmlStory {
	out := htmlStory{story: s}
	from := max(0, len(s.Outcomes)-stripRuns)
	counts := map[checks.Status]int{}
	for i, o := range s.Outcomes[from:] {
		word, class := string(o.Status), string(o.Status)
		if o.Status == "" {
			word, class = language.Text("not in this run"), "absent"
		}
		counts[o.Status]++
		if o.Excused {
			word += ", " + language.Text("as an expectations file says")
			class += " excused"
		}
		out.Cells = append(out.Cells, htmlCell{letters[o.Status], class, minute(l.Runs[from+i].Started) + " " + word})
	}
	out.Told = language.Format("The last %d runs:", len(out.Cells))
	for _, status := range statusColumns {
		if n := counts[status]; n > 0 {
			out.Told += fmt.Sprintf(" %d %s", n, status)
		}
	}
	if n := counts[""]; n > 0 {
		out.Told += fmt.Sprintf(" %d %s", n, language.Text("not in this run"))
	}
	return out
}
