package probe

import (
	"context"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// TaskLaunch lists the probe of tasks that ask for the launch of an app.
func TaskLaunch() []Probe { return []Probe{of(evidence.LaunchTasksKind, launchTasks)} }

// Where the profiles and the codes of such tasks live.
const (
	smartProfiles = "http://hl7.org/fhir/smart-app-launch/StructureDefinition/"
	smartCodes    = "http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes"
)

// launchTasks searches the tasks of the patient in context: with the wildcard where it is granted, or else with a
// scope for Task.
func launchTasks(ctx context.Context, s *session.Session) (evidence.LaunchTasks, error) {
	var e evidence.LaunchTasks
	trace := s.Scope(evidence.LaunchTasksKind.Name())
	st, err := readStatement(ctx, s, trace)
	if err != nil {
		return e, err
	}
	if !st.of("Task").can("search-type") {
		return e, unavailable("the CapabilityStatement lists no search of Task")
	}
	grant, _, err := wildcardGrant(ctx, s)
	if err != nil {
		return e, err
	}
	if !grant.Evidence.Worked() || !allowedIn(grant, "s", "Task") {
		if grant, err = patientGrant(ctx, s, "patient/Task"+readLetters(s)); err != nil {
			return e, err
		}
	}
	patient, inContext := grant.Evidence.Token.Text("patient")
	query := st.of("Task").ofPatient(url.QueryEscape(patient))
	if !inContext || query == "" || !allowedIn(grant, "s", "Task") {
		return e, unavailable("no scope to search the tasks of a patient was granted, or Task has no search by patient")
	}
	e.Answer, err = s.FHIR(ctx, trace, session.Call{
		Name: "a search for tasks", Path: "Task?" + query, Token: grant.Tokens.Access, See: func(r map[string]any) bool {
			if task, ok := launchTask(r); ok {
				e.Tasks = append(e.Tasks, task)
			}
			return false
		},
	})
	e.Exchange = e.Answer.Exchange
	return e, err
}

// launchTask reads a Task. ok is false for one that has neither a profile nor a code of SMART App Launch.
func launchTask(r map[string]any) (task evidence.LaunchTask, ok bool) {
	if r["resourceType"] != "Task" {
		return task, false
	}
	task.ID, _ = r["id"].(string)
	meta, _ := r["meta"].(map[string]any)
	profiles, _ := meta["profile"].([]any)
	for _, raw := range profiles {
		profile, _ := raw.(string)
		profile, _, _ = strings.Cut(profile, "|") // a version
		if name, ours := strings.CutPrefix(profile, smartProfiles); ours && strings.HasPrefix(name, "task-") {
			task.Profiles = append(task.Profiles, name)
		}
	}
	task.Codes = smartCodesOf(r["code"])
	task.For, task.Encounter = referenceIn(r, "for"), referenceIn(r, "encounter")
	inputs, _ := r["input"].([]any)
	for _, raw := range inputs {
		input, _ := raw.(map[string]any)
		task.Inputs = append(task.Inputs, taskInput(input))
	}
	return task, len(task.Profiles)+len(task.Codes) > 0
}

func taskInput(input map[string]any) evidence.TaskInput {
	found := evidence.TaskInput{Codes: smartCodesOf(input["type"])}
	for member, value := range input {
		if strings.HasPrefix(member, "value") {
			found.Member = member
			found.Value, _ = value.(string)
		}
	}
	return found
}

// smartCodesOf returns the codes of a CodeableConcept that SMART App Launch defines.
func smartCodesOf(value any) []string {
	var codes []string
	concept, _ := value.(map[string]any)
	codings, _ := concept["coding"].([]any)
	for _, raw := range codings {
		coding, _ := raw.(map[string]any)
		if code, isText := coding["code"].(string); isText && coding["system"] == smartCodes {
			codes = append(codes, code)
		}
	}
	return codes
}

func referenceIn(r map[string]any, member string) string {
	reference, _ := r[member].(map[string]any)
	to, _ := reference["reference"].(string)
	return to
}
