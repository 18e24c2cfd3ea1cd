package reporters

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
)

// BuildServer is a build server whose log can be folded and annotated.
type BuildServer string

// The values of BuildServer.
const (
	OtherServer   BuildServer = "" // or none
	GitHubActions BuildServer = "github"
	GitLabCI      BuildServer = "gitlab"
)

// ServerOf tells the build server by the variables that it sets. env is os.Getenv.
func ServerOf(env func(string) string) BuildServer {
	switch {
	case env("GITHUB_ACTIONS") == "true":
		return GitHubActions
	case env("GITLAB_CI") == "true":
		return GitLabCI
	default:
		return OtherServer
	}
}

// Bounds of what is written to the log of a build server.
const (
	maxAnnotations    = 10  // of errors, and of warnings: GitHub shows no more of a step
	maxAnnotationText = 600 // bytes of one fact
	maxLogLine        = 300 // bytes of what is said about one finding
)

// WriteBuildLog writes the findings of each area, folded, in the way of the build server, and for GitHub
// Actions an annotation for what failed or warned. It writes nothing for another server. Server text cannot
// give the build server a command.
func WriteBuildLog(w io.Writer, r Results, server BuildServer) error {
	var out strings.Builder
	switch server {
	case GitHubActions:
		for _, group := range r.byArea() {
			fmt.Fprintf(&out, "::group::%s\n", commandData(groupTitle(group)))
			writeGroup(&out, group)
			out.WriteString("::endgroup::\n")
		}
		annotate(&out, r)
	case GitLabCI:
		at := r.Finished.Unix()
		for _, group := range r.byArea() {
			name, folded := sectionName(group.area), ""
			if group.summary.Fail+group.summary.Error == 0 {
				folded = "[collapsed=true]"
			}
			fmt.Fprintf(&out, "\x1b[0Ksection_start:%d:%s%s\r\x1b[0K%s\n", at, name, folded, Inert(groupTitle(group)))
			writeGroup(&out, group)
			fmt.Fprintf(&out, "\x1b[0Ksection_end:%d:%s\r\x1b[0K\n", at, name)
		}
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write to the log of the build: %w", err)
	}
	return nil
}

// groupTitle is the area with what was found there, such as "token: 1 fail, 60 pass".
func groupTitle(group areaFindings) string {
	var parts []string
	for _, status := range []checks.Status{checks.Failed, checks.Undecided, checks.Warned, checks.Passed, checks.Noted, checks.Skipped} {
		if n := group.summary.Count(status); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return oneLine(group.area) + ": " + strings.Join(parts, ", ")
}

func writeGroup(out *strings.Builder, group areaFindings) {
	for _, f := range group.findings {
		text := f.Title
		if f.Status != checks.Passed {
			text = cmp.Or(f.Message, f.Reason, f.Title)
		}
		line := fmt.Sprintf("%-5s %s  %s", badges[f.Status].word, oneLine(f.Check), visible(cut(text, maxLogLine)))
		out.WriteString(Inert(line) + "\n")
	}
}

// annotate writes an annotation for each finding that breaks conformance and each warning that nobody expected,
// as many as are shown.
func annotate(out *strings.Builder, r Results) {
	breaking := func(f checks.Finding) bool { return !f.Surprising() && r.breaks(f) }
	warning := func(f checks.Finding) bool { return unexpectedly(checks.Warned)(f) && !r.breaks(f) }
	failures := append(r.where(checks.Finding.Surprising), r.where(breaking)...)
	for _, kind := range []struct {
		command  string
		findings []checks.Finding
	}{
		{"error", failures}, {"warning", append(r.where(unexpectedly(checks.Undecided)), r.where(warning)...)},
	} {
		for i, f := range kind.findings {
			if i == maxAnnotations {
				break
			}
			fmt.Fprintf(out, "::%s title=%s::%s\n", kind.command, commandProperty(oneLine(f.Check)), commandData(annotation(f)))
		}
	}
}

// annotation says in a few lines what was found.
func annotation(f checks.Finding) string {
	lines := []string{visible(cut(f.Title, maxAnnotationText))}
	for _, fact := range facts(f) {
		lines = append(lines, fact.name+": "+visible(cut(fact.text, maxAnnotationText)))
	}
	return strings.Join(append(lines, "smartcheck explain "+oneLine(f.Check)), "\n")
}

// commandData and commandProperty escape for a workflow command of GitHub Actions, as its runner unescapes. The
// runner looks for the commands of its first kind, ##[name], everywhere in a line that it has not understood as
// one of the second kind; Inert takes care that there are none.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(Inert(s))
}

func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}

// sectionName makes of an area what GitLab takes for the name of a section.
func sectionName(area string) string {
	return "smartcheck_" + notOfSections.ReplaceAllString(cut(area, maxArea), "_")
}

var notOfSections = regexp.MustCompile(`[^a-zA-Z0-9_.-]`)

// atLineStart and inLine are how a line begins, or what it holds, that build servers take for a command: "::" of
// GitHub Actions, after blanks of any alphabet; "##[" of its older form, "##vso[" of Azure Pipelines and "##teamcity[" anywhere.
var (
	atLineStart = regexp.MustCompile(`(?m)^([\s\p{Z}\x{85}]*):(:+)`)
	inLine      = regexp.MustCompile(`##(\w*)\[`)
)

// Inert puts a backslash into what a build server would take for a command when it stands in its log. It is for
// text in which control characters are escaped already.
func Inert(text string) string {
	return inLine.ReplaceAllString(atLineStart.ReplaceAllString(text, `${1}:\${2}`), `##${1}\[`)
}
