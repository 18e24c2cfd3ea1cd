package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// published are the files for pipelines, and the schemas that those who read them have published. A definition
// is chosen by the kind of a document.
var published = []struct {
	file, schema string
	mistakes     map[string]string // what a mistake replaces, by what it writes instead
}{
	{"docs/how-to/pipelines/gitlab-ci.yml", "gitlab-ci.schema.json", map[string]string{
		"  stages: test": "  stage: test", "exit_code: [3]": "exit_codes: [3]", "when: ever": "when: always", "images:": "image:",
	}},
	{"docs/how-to/pipelines/kubernetes-cronjob.yaml", "kubernetes.schema.json", map[string]string{
		"concurrencyPolicy: forbid": "concurrencyPolicy: Forbid", "restartPolicies:": "restartPolicy:", "backoffLimit: none": "backoffLimit: 0",
		"  cron:": "  schedule:", "apiVersion: batch/v1beta1": "apiVersion: batch/v1", "claim: smartcheck-reports": "claimName: smartcheck-reports",
	}},
	{".goreleaser.yaml", "goreleaser.schema.json", map[string]string{
		"format: [tar.gz]": "formats: [tar.gz]", "goarchs:": "goarch:", "draft: maybe": "draft: true", "algorithms:": "algorithm:",
	}},
	{".github/actions/smartcheck/action.yml", "github-action.schema.json", map[string]string{
		"using: composit": "using: composite", "about: Judge": "description: Judge", "colour: blue": "color: blue", "icon: tick": "icon: check-circle",
		"    - name: Judge the exit code\n": "    - name: Judge the exit code\n      shell: bash\n",
	}},
}

// TestPublishedSchemas holds the files for pipelines against the schemas of those who read them.
func TestPublishedSchemas(t *testing.T) {
	for _, p := range published {
		text := pipelineFile(t, p.file)
		t.Run(p.file, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(violations(t, p.schema, text)).To(BeEmpty())
			for mistake, right := range p.mistakes {
				g.Expect(strings.Count(text, right)).To(BeNumerically(">", 0), "%s is not there any more", right)
				g.Expect(violations(t, p.schema, strings.Replace(text, right, mistake, 1))).NotTo(BeEmpty(), mistake)
			}
		})
	}
}

// violations returns how the documents of a YAML file break a schema.
func violations(t *testing.T, schema, text string) []error {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	var found []error
	for _, document := range documents(t, text) {
		place := filepath.ToSlash(filepath.Join("testdata", "pipelines", schema))
		if kind, ok := document["kind"].(string); ok {
			place += "#/$defs/" + kind
		}
		compiled, err := compiler.Compile(place)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		if err := compiled.Validate(any(document)); err != nil {
			found = append(found, err)
		}
	}
	return found
}

var (
	expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)
	ofInputs   = regexp.MustCompile(`\binputs\.([\w-]+)`)
	ofSteps    = regexp.MustCompile(`\bsteps\.([\w-]+)\.`)
)

// TestActionNames holds that the action names no input and no step that it does not have, and no input that it
// does not use. Neither its schema nor actionlint looks into its expressions.
func TestActionNames(t *testing.T) {
	g := NewWithT(t)
	text := pipelineFile(t, ".github/actions/smartcheck/action.yml")
	g.Expect(actionNames(t, text)).To(BeEmpty())
	for _, mistake := range []struct{ right, wrong, problem string }{
		{"inputs.config }}", "inputs.cofnig }}", "there is no input cofnig"},
		{"inputs.config }}", "github.workspace }}", "the input config is not used"},
		{"steps.run.outputs", "steps.runs.outputs", "there is no step runs"},
		{"inputs.sarif ==", "inputs.serif ==", "there is no input serif"},
	} {
		g.Expect(actionNames(t, strings.ReplaceAll(text, mistake.right, mistake.wrong))).To(ContainElement(mistake.problem))
	}
}

func actionNames(t *testing.T, text string) []string {
	t.Helper()
	action := documents(t, text)[0]
	inputs, steps := at(action, "inputs").(map[string]any), map[string]bool{}
	expressions := ""
	for _, m := range expression.FindAllStringSubmatch(text, -1) {
		expressions += m[1] + "\n"
	}
	for _, s := range at(action, "runs", "steps").([]any) {
		step := s.(map[string]any)
		if id, ok := step["id"].(string); ok {
			steps[id] = true
		}
		condition, _ := step["if"].(string)
		expressions += condition + "\n"
	}
	var problems []string
	used := map[string]bool{}
	for _, m := range ofInputs.FindAllStringSubmatch(expressions, -1) {
		used[m[1]] = true
		if inputs[m[1]] == nil {
			problems = append(problems, "there is no input "+m[1])
		}
	}
	for _, m := range ofSteps.FindAllStringSubmatch(expressions, -1) {
		if !steps[m[1]] {
			problems = append(problems, "there is no step "+m[1])
		}
	}
	for name := range inputs {
		if !used[name] {
			problems = append(problems, "the input "+name+" is not used")
		}
	}
	return problems
}
