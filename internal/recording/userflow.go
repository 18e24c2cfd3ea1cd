package recording

import (
	"cmp"
	"strings"
	"time"
)

// userFlow reads an export of the Recorder panel, whose format is described by the schema of
// @puppeteer/replay. What sets the stage (setViewport, emulateNetworkConditions, close) is left out: the
// journey sets its own. A navigate step says where the recording was made.
func (p *parser) userFlow(root, steps node) Script {
	s := Script{Name: p.name}
	if !steps.isList || len(steps.list) == 0 {
		p.refuse(steps.line, `"steps" is not a list with steps; record the sign-in again`)
		return s
	}
	timeout := root.object["timeout"].number(0)
	for i, n := range steps.list {
		step := Step{
			Number: i + 1, Line: n.line, InFrame: len(n.object["frame"].list) > 0,
			Timeout: clampTimeout(time.Duration(min(n.object["timeout"].number(timeout), maxTimeout.Seconds()*1000)) * time.Millisecond),
		}
		kind := n.object["type"]
		for _, event := range n.object["assertedEvents"].list {
			s.visit(event.object["url"].text(), event.line)
		}
		switch kind.text() {
		case "setViewport", "emulateNetworkConditions", "close":
			continue
		case "navigate":
			address := n.object["url"]
			if s.Start == "" {
				s.Start = address.text()
			}
			s.visit(address.text(), address.line)
			continue
		case "click", "doubleClick", "hover", "change", "waitForElement", "keyDown", "keyUp", "scroll", "waitForExpression":
			step.Act = Act(kind.text())
		default:
			p.refuse(max(kind.line, n.line), "step %d is of the type %s, which is not played; delete the step, or record it as click, change or keyDown",
				step.Number, shown(kind.text()))
			continue
		}
		if valueLine, ok := p.detail(&step, n); ok {
			p.add(&s, step, valueLine)
		}
	}
	if len(s.Steps) == 0 && len(p.mistakes) == 0 {
		p.refuse(steps.line, "has no step that does anything on a page; record the sign-in again")
	}
	return s
}

// detail reads what is particular to the type of a step.
func (p *parser) detail(step *Step, n node) (valueLine int, ok bool) {
	for _, alternative := range n.object["selectors"].list {
		chain := []string{alternative.text()}
		if alternative.isList {
			chain = nil
			for _, part := range alternative.list {
				chain = append(chain, part.text())
			}
		}
		if len(chain) == 0 || strings.TrimSpace(strings.Join(chain, "")) == "" {
			p.refuse(alternative.line, "step %d has a selector that is not a text", step.Number)
			return 0, false
		}
		step.Selectors = append(step.Selectors, chain)
	}
	value := n.object["value"]
	switch step.Act {
	case KeyDown, KeyUp:
		value = n.object["key"]
	case WaitForTrue:
		step.Code = n.object["expression"].text()
	case WaitFor:
		step.Operator, step.Count = cmp.Or(n.object["operator"].text(), "=="), int(n.object["count"].number(1))
		step.Visible = n.object["visible"].scalar == true
	}
	step.Value = value.text()
	switch {
	case len(step.Selectors) == 0 && (step.Act == Click || step.Act == DoubleClick || step.Act == Hover || step.Act == Change || step.Act == WaitFor):
		p.refuse(n.line, `step %d (%s) lacks "selectors"; record it again`, step.Number, step.Act)
		return 0, false
	case step.Value == "" && (step.Act == KeyDown || step.Act == KeyUp):
		p.refuse(n.line, `step %d (%s) lacks "key"; record it again`, step.Number, step.Act)
		return 0, false
	case step.Code == "" && step.Act == WaitForTrue:
		p.refuse(n.line, `step %d (%s) lacks "expression"`, step.Number, step.Act)
		return 0, false
	}
	return max(value.line, n.line), true
}
