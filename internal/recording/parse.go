package recording

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxSteps bounds a recording; a sign-in takes a dozen steps.
const maxSteps = 500

// The bounds of how long a step waits.
const (
	defaultTimeout = 5 * time.Second
	maxTimeout     = 30 * time.Second
)

// Parse reads a recording of either format, told apart by its content. It returns a script for each
// journey that the file describes: one, or one for each entry of a browser array. A recording that
// cannot be played gives all that is wrong with it instead.
func Parse(name string, content []byte) ([]Script, []Mistake) {
	root, mistake := read(content)
	if mistake != nil {
		return nil, []Mistake{*mistake}
	}
	p := &parser{name: name}
	var scripts []Script
	steps, isFlow := root.object["steps"]
	entries, isConfiguration := root.object["browser"]
	switch {
	case isFlow:
		scripts = []Script{p.userFlow(root, steps)}
	case isConfiguration:
		scripts = p.browserArray(entries)
	case root.isList:
		scripts = p.browserArray(root)
	default:
		p.refuse(root.line, `has neither "steps", as an export of Chrome's Recorder has, nor is it a "browser" array of the OpenID conformance suite`)
	}
	if len(p.mistakes) > 0 {
		slices.SortStableFunc(p.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
		return nil, p.mistakes
	}
	return scripts, nil
}

type parser struct {
	name     string
	mistakes []Mistake
}

func (p *parser) refuse(line int, format string, args ...any) {
	p.mistakes = append(p.mistakes, Mistake{line, fmt.Sprintf(format, args...)})
}

// add appends a step to the script if it may be played.
func (p *parser) add(s *Script, step Step, valueLine int) {
	if len(s.Steps) == maxSteps {
		p.refuse(step.Line, "step %d is one too many; a recording has at most %d steps", step.Number, maxSteps)
	}
	if len(s.Steps) >= maxSteps {
		return
	}
	if step.Act == Change {
		p.judgeValue(step, valueLine)
	}
	for _, chain := range step.Selectors {
		for _, selector := range chain {
			p.judgeNames(step, step.Line, selector)
		}
	}
	s.Steps = append(s.Steps, step)
}

// secretField recognises, in the selectors of a field, one that takes a secret.
var secretField = regexp.MustCompile(`(?i)passw|passwd|pwd|passphrase|passcode|contrase|mot.?de.?passe|kennwort|密碼|密码|パスワード|one.?time|\botp\b|totp`)

// judgeValue refuses a secret that stands in the recording.
func (p *parser) judgeValue(step Step, line int) {
	p.judgeNames(step, line, step.Value)
	if !Literal(step.Value) {
		return
	}
	for _, chain := range step.Selectors {
		found := secretField.FindString(strings.Join(chain, " "))
		if found == "" {
			continue
		}
		wanted := "${password}"
		if strings.Contains(strings.ToLower(found), "otp") || strings.Contains(strings.ToLower(found), "one") {
			wanted = "${totp}"
		}
		p.refuse(line, "%s writes a literal value into a field for a secret; write %q instead, and set the secret in the target file",
			step.Title(), wanted)
		return
	}
}

// judgeNames refuses placeholders that nothing is known about.
func (p *parser) judgeNames(step Step, line int, text string) {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(Placeholders, found[1]) {
			p.refuse(line, "%s names ${%s}; known names are ${%s}", step.Title(), found[1], strings.Join(Placeholders, "}, ${"))
		}
	}
}

// visit notes the host of a URL at which the recording was made.
func (s *Script) visit(address string, line int) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || slices.ContainsFunc(s.Hosts, func(h Host) bool { return h.Name == u.Host }) {
		return
	}
	s.Hosts = append(s.Hosts, Host{u.Host, line})
}

func clampTimeout(d time.Duration) time.Duration {
	if d <= 0 {
		return defaultTimeout
	}
	return min(d, maxTimeout)
}
