package recording

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// browserArray reads the browser member of a configuration of the OpenID conformance suite. Each entry
// becomes a script for the journeys whose first URL its match fits.
func (p *parser) browserArray(entries node) []Script {
	if !entries.isList || len(entries.list) == 0 || entries.list[0].object == nil {
		p.refuse(max(entries.line, 1), `is not a "browser" array of the OpenID conformance suite: expected a list of objects with "match" and "tasks"`)
		return nil
	}
	var scripts []Script
	for _, entry := range entries.list {
		match := entry.object["match"]
		tasks := entry.object["tasks"]
		if match.text() == "" || !tasks.isList || len(tasks.list) == 0 {
			p.refuse(max(entry.line, 1), `an entry of the browser array lacks "match" or "tasks"`)
			continue
		}
		s := Script{Name: p.name, Match: match.text()}
		number := 0
		for _, task := range tasks.list {
			p.task(&s, task, &number)
		}
		scripts = append(scripts, s)
	}
	return scripts
}

func (p *parser) task(s *Script, task node, number *int) {
	name, commands := task.object["task"].text(), task.object["commands"]
	if task.object == nil || commands.object != nil || commands.scalar != nil {
		p.refuse(max(task.line, 1), "a task of the browser array is not an object with commands")
		return
	}
	for _, command := range commands.list {
		*number++
		step := Step{
			Number: *number, Line: command.line, Task: name, Page: task.object["match"].text(),
			Optional: task.object["optional"].scalar == true, Timeout: defaultTimeout,
		}
		valueLine, err := step.command(command)
		if err != nil {
			p.refuse(max(command.line, 1), "command %d of task %s: %v", *number, shown(name), err)
			continue
		}
		p.add(s, step, valueLine)
	}
}

// command reads ["text", kind, target, value, "optional"], ["click", kind, target, "optional"],
// ["wait", "contains" or "match", pattern, seconds], ["wait", kind, target, seconds, expression] or
// ["wait-element-visible" or "wait-element-invisible", kind, target, seconds].
func (s *Step) command(n node) (valueLine int, err error) {
	if !n.isList || len(n.list) < 3 {
		return 0, fmt.Errorf("expected a list such as [\"click\", \"id\", \"submit\"]")
	}
	at := func(i int) node {
		if i < len(n.list) {
			return n.list[i]
		}
		return node{}
	}
	verb, kind, goal := at(0).text(), at(1).text(), at(2).text()
	if goal == "" {
		return 0, fmt.Errorf("%s has no target", shown(verb))
	}
	if verb == "wait" && (kind == "contains" || kind == "match") {
		s.Act, s.Page = WaitForURL, goal
		if kind == "contains" {
			s.Page = "*" + goal + "*"
		}
		s.Timeout = at(3).seconds()
		return n.line, nil
	}
	selector, err := selectorOf(kind, goal)
	if err != nil {
		return 0, err
	}
	s.Selectors = [][]string{{selector}}
	optional := 3
	switch verb {
	case "click":
		s.Act = Click
	case "text":
		s.Act, s.Value, optional = Change, at(3).text(), 4
	case "wait":
		s.Act, s.Operator, s.Count, s.Value, s.Timeout, optional = WaitFor, ">=", 1, at(4).text(), at(3).seconds(), -1
		if _, err := regexp.Compile(s.Value); err != nil {
			return 0, fmt.Errorf("the text to wait for is not a regular expression: %w", err)
		}
	case "wait-element-visible":
		s.Act, s.Operator, s.Count, s.Visible, s.Timeout, optional = WaitFor, ">=", 1, true, at(3).seconds(), -1
	case "wait-element-invisible":
		s.Act, s.Operator, s.Count, s.Visible, s.Timeout, optional = WaitFor, "==", 0, true, at(3).seconds(), -1
	default:
		return 0, fmt.Errorf("%s is not played; expected text, click, wait, wait-element-visible or wait-element-invisible", shown(verb))
	}
	if optional > 0 && at(optional).scalar != nil {
		if at(optional).text() != "optional" {
			return 0, fmt.Errorf("expected \"optional\" or nothing after the value of %s", shown(verb))
		}
		s.Optional = true
	}
	return max(at(3).line, n.line), nil
}

func (n node) seconds() time.Duration {
	return clampTimeout(time.Duration(min(n.number(0), maxTimeout.Seconds()) * float64(time.Second)))
}

// selectorOf turns a target of a command into the notation of the Recorder.
func selectorOf(kind, goal string) (string, error) {
	switch kind {
	case "id", "name":
		return fmt.Sprintf("[%s=%s]", kind, strconv.Quote(goal)), nil
	case "class":
		return "[class~=" + strconv.Quote(goal) + "]", nil
	case "css":
		return goal, nil
	case "xpath":
		return "xpath/" + goal, nil
	}
	kinds := []string{"id", "name", "css", "class", "xpath"}
	slices.Sort(kinds)
	return "", fmt.Errorf("elements are not found by %s; expected one of %v", shown(kind), kinds)
}
