package reporters

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
)

// The version of SARIF and the address of its schema, which OASIS publishes.
const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// Bounds of a SARIF file. GitHub takes 10 MB of gzip and 25 000 results of a run, and shows 5 000.
const (
	maxSARIFResults  = 5000
	maxSARIFText     = 1000    // bytes of a description, of which GitHub takes 1 024 characters, and of a fact
	maxSARIFRequests = 8 << 20 // bytes of the exchanges of all results
)

// homepage is where people read about the program.
const homepage = "https://github.com/smart-conformance/smartcheck"

// targetFile is the artifact that results are shown in. A server has no line of source, and GitHub takes no
// result without a file of the repository; what describes the server there is the target file, which has
// this name unless it was given another.
const targetFile = "smartcheck.yaml"

// WriteSARIF writes the findings that somebody has to act on as a log of SARIF 2.1.0 with one run:
//
//	fail   kind fail, level error
//	warn   kind fail, level warning; error in a strict run
//	error  kind open: there was not enough to judge by
//
// An outcome other than expected is kind fail, level error. A finding that is as an expectations file says is
// suppressed, with the reason of that file. What passed, was noted or was skipped is no result, since GitHub
// takes every result for a problem, whatever its kind; the rules of the run are all checks, those too, and its
// properties count the outcomes.
func WriteSARIF(w io.Writer, r Results) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(sarifLog{sarifSchema, sarifVersion, []sarifRun{r.sarifRun()}}); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

func (r Results) sarifRun() sarifRun {
	rules, index := r.sarifRules()
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "smartcheck", Version: line(r.Tool.Version), InformationURI: homepage, Rules: rules,
		}},
		Automation: sarifAutomation{
			ID: "smartcheck/" + line(r.Target.FHIR) + "/", GUID: r.identity(),
			CorrelationGUID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(r.Target.FHIR)).String(),
		},
		Invocations: []sarifInvocation{r.sarifInvocation()},
		Artifacts: []sarifArtifact{{
			Location: sarifArtifactLocation{
				URI: targetFile, BaseID: "%SRCROOT%",
				Description: &sarifMessage{Text: "The target file, which describes the server. The server itself has no line of source."},
			},
			Roles: []string{"analysisTarget"},
		}},
		ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Properties: r.sarifProperties(),
	}
	exchanges := newSARIFExchanges()
	for _, f := range r.Findings {
		kind, level := sarifKind(f, r.Strict)
		if kind == "" {
			continue
		}
		if len(run.Results) == maxSARIFResults {
			run.Properties["truncated"] = fmt.Sprintf("only the first %d results; all findings are in results.json", maxSARIFResults)
			break
		}
		result := r.sarifResult(f, kind, level, exchanges)
		result.RuleIndex = index[f.Check]
		run.Results = append(run.Results, result)
	}
	run.WebRequests, run.WebResponses = exchanges.requests, exchanges.responses
	return run
}

// identity identifies a run: equal for equal results, and different from those of other runs.
func (r Results) identity() string {
	name := r.Target.FHIR + " " + r.Started.UTC().Format(time.RFC3339Nano)
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()
}

// sarifKind maps a finding. An empty kind says that there is nothing to act on. A level other than none goes
// with the kind fail alone (SARIF 3.27.10).
func sarifKind(f checks.Finding, strict bool) (kind, level string) {
	switch {
	case f.Status == checks.Undecided:
		return "open", "none"
	case f.Status == checks.Failed, f.Surprising(), f.Status == checks.Warned && strict:
		return "fail", "error"
	case f.Status == checks.Warned:
		return "fail", "warning"
	default:
		return "", ""
	}
}

func (r Results) sarifInvocation() sarifInvocation {
	invocation := sarifInvocation{
		Successful: r.Verdict() != NotJudged, Start: r.Started.UTC().Format(harTime), End: r.Finished.UTC().Format(harTime),
		ExitCode: ExitCode(r, false), ExitDescription: string(r.Verdict()) + ": " + r.because(),
	}
	for i, u := range r.Unused {
		if i == maxMarkdownFindings {
			break
		}
		invocation.Configuration = append(invocation.Configuration, sarifNotification{
			Level:   "warning",
			Message: sarifText(fmt.Sprintf("nothing uses the line of the expectations file on %s, which did not run", u.Check)),
		})
	}
	return invocation
}

func (r Results) sarifProperties() map[string]any {
	properties := map[string]any{
		"verdict": string(r.Verdict()), "outcomes": r.Summary, "target": line(r.Target.FHIR),
		"specification": "SMART App Launch " + string(r.Target.Spec), "tls": string(r.Target.TLS),
	}
	if r.Profile != nil {
		properties["profile"] = line(r.Profile.ID)
	}
	return properties
}

// sarifRules returns a rule for each check of the results, in the order of the findings, and where it stands.
func (r Results) sarifRules() ([]sarifRule, map[string]int) {
	rules, index := []sarifRule{}, map[string]int{}
	for _, f := range r.Findings {
		if _, known := index[f.Check]; known {
			continue
		}
		index[f.Check] = len(rules)
		rules = append(rules, sarifRuleOf(f))
	}
	return rules, index
}

func sarifRuleOf(f checks.Finding) sarifRule {
	rule := sarifRule{
		ID: line(f.Check), Name: sarifName(f.Check), Short: sarifText(cut(f.Title, maxSARIFText)), Full: sarifText(cut(sarifStatement(f), maxSARIFText)),
		Help:    sarifMessage{Text: sarifText(cmp.Or(f.Remedy, f.Title)).Text, Markdown: markdownHelp(f)},
		Default: sarifConfiguration{Level: "warning"},
		Properties: map[string]any{
			"level": string(f.Level), "requirements": notNil(f.Requirements), "clauses": notNil(addresses(f)),
			"tags": []string{"smart-app-launch", line(f.Area)},
		},
	}
	if f.Level.Mandatory() {
		rule.Default.Level = "error"
	}
	if urls := addresses(f); len(urls) > 0 {
		rule.HelpURI = urls[0]
	}
	return rule
}

func notNil(list []string) []string { return append([]string{}, list...) }

// sarifName is the id of a check in the form that SARIF wants for names: TokenCodeSingleUse.
func sarifName(id string) string {
	var out strings.Builder
	for _, word := range strings.FieldsFunc(line(id), func(r rune) bool { return r == '.' || r == '-' }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

// sarifStatement says what the requirements of a check demand.
func sarifStatement(f checks.Finding) string {
	var out []string
	for _, id := range f.Requirements {
		if q, ok := catalogue.Lookup(id); ok {
			out = append(out, q.Level+": "+q.Summary)
		}
	}
	if len(out) == 0 {
		return f.Title
	}
	return strings.Join(out, " ")
}

// markdownHelp is what people read beside a result on GitHub: what to do, the clauses, and the command that
// explains.
func markdownHelp(f checks.Finding) string {
	var out strings.Builder
	if f.Remedy != "" {
		fmt.Fprintf(&out, "%s\n\n", markdownText(f.Remedy))
	}
	fmt.Fprintf(&out, "%s%s\n\n%s\n", f.Level, markdownClauses(f), code("smartcheck explain "+f.Check))
	return out.String()
}

func (r Results) sarifResult(f checks.Finding, kind, level string, exchanges *sarifExchanges) sarifResult {
	result := sarifResult{
		RuleID: line(f.Check), Kind: kind, Level: level, Message: sarifText(sarifMessageText(f)),
		Locations: r.sarifLocations(f), Fingerprints: fingerprints(r.Target.FHIR, f.Check), Suppressions: []sarifSuppression{},
		Properties: map[string]any{"status": string(f.Status), "requirements": notNil(f.Requirements), "exchanges": notNil(f.Evidence)},
	}
	if f.Excused() {
		result.Suppressions = append(result.Suppressions,
			sarifSuppression{Kind: "external", Status: "accepted", Justification: line(expectationInWords(f))})
	}
	if proof := r.proof(f); len(proof) > 0 {
		for _, e := range proof {
			exchanges.add(e)
		}
		last := proof[len(proof)-1]
		result.WebRequest, result.WebResponse = exchanges.pointers(last)
	}
	return result
}

// fingerprints are stable from run to run: they say which check of which server. GitHub looks at
// primaryLocationLineHash alone, and would make one of the first line of the target file.
func fingerprints(server, check string) map[string]string {
	identity := uuid.NewSHA1(uuid.NameSpaceURL, []byte(server+"#"+check)).String()
	return map[string]string{"smartcheck/v1": identity, "primaryLocationLineHash": identity[:8] + identity[9:13] + ":1"}
}

func sarifMessageText(f checks.Finding) string {
	lines := []string{f.Title + "."}
	if f.Status == checks.Undecided {
		lines = []string{"Could not be judged: " + f.Title + "."}
	}
	for _, fact := range facts(f) {
		lines = append(lines, fact.name+": "+cut(fact.text, maxSARIFText))
	}
	return strings.Join(lines, "\n")
}

// sarifLocations is where a result is shown, and of what it speaks: the server, and the addresses that the
// proving requests went to.
func (r Results) sarifLocations(f checks.Finding) []sarifLocation {
	server := line(r.Target.FHIR)
	location := sarifLocation{
		Physical: sarifPhysical{sarifArtifactLocation{URI: targetFile, BaseID: "%SRCROOT%"}, sarifRegion{StartLine: 1}},
		Logical:  []sarifLogical{{Name: "FHIR base", FullName: server, Kind: "resource"}},
	}
	seen := []string{server}
	for _, e := range r.proof(f) {
		address := line(withoutQuery(e.Request.URL))
		if len(location.Logical) < maxSteps && !slices.Contains(seen, address) {
			seen = append(seen, address)
			location.Logical = append(location.Logical, sarifLogical{Name: "endpoint", FullName: address, Kind: "resource"})
		}
	}
	return []sarifLocation{location}
}

// sarifText writes plain text. Braces are doubled, since single ones are placeholders (SARIF 3.11.5), and
// what would read as a link of SARIF's own, "[text](destination)", is broken up (3.11.6).
func sarifText(s string) sarifMessage {
	s = visibleLines(s)
	s = strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(s)
	return sarifMessage{Text: strings.TrimSpace(s)}
}
