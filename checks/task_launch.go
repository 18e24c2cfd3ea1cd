package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TaskLaunch lists the checks of tasks that ask for the launch of an app.
var TaskLaunch = []Check{TaskCode, TaskApplication, TaskAppContext, TaskReferences}

// launchTaskCodes are the codes of the profiles.
var launchTaskCodes = map[string]string{
	"task-ehr-launch": "launch-app-ehr", "task-standalone-launch": "launch-app-standalone",
}

// taskCheck makes a check of every task that asks for a launch. judge returns what is wrong with one.
func taskCheck(m Meta, expected string, judge func(evidence.LaunchTask) string) Check {
	m.Level, m.Versions = Shall, []Version{V2_2_0}
	m.Applies = "the patient in context has a Task with a profile or a code of SMART App Launch"
	return New(m, evidence.LaunchTasksKind, func(e evidence.LaunchTasks) Verdict {
		if why := giveUp(e.Answer.Status); why != "" {
			return CannotJudge("the search for tasks was "+why, e.Exchange)
		}
		var t tally
		for _, task := range e.Tasks {
			if wrong := judge(task); wrong != "" {
				t.breaks("Task/"+task.ID+": "+wrong, e.Exchange)
			} else {
				t.holds(e.Exchange)
			}
		}
		return t.verdict(expected, "the tasks keep to their profile", "no task of the patient asks for a launch: "+e.Answer.Describe())
	})
}

// TaskCode verifies that a task has the code of its profile.
var TaskCode = taskCheck(Meta{
	ID:           "task-launch.code",
	Title:        "A task that asks for a launch has the code of its profile",
	Requirements: []string{"task-launch-code"},
	Remedy:       "Give tasks of the profile task-ehr-launch the code launch-app-ehr, and those of task-standalone-launch the code launch-app-standalone.",
}, "the code of the profile", func(task evidence.LaunchTask) string {
	for _, profile := range task.Profiles {
		if code := launchTaskCodes[profile]; code != "" && !slices.Contains(task.Codes, code) {
			return fmt.Sprintf("the profile %s and the code %s", profile, orNothingShown(task.Codes))
		}
	}
	for _, code := range task.Codes {
		if code != "launch-app-ehr" && code != "launch-app-standalone" {
			return "the code " + cut(code)
		}
	}
	return ""
})

func orNothingShown(codes []string) string {
	if len(codes) == 0 {
		return "none"
	}
	return cut(few(codes))
}

// inputsOf returns the inputs of a task that have a type.
func inputsOf(task evidence.LaunchTask, code string) []evidence.TaskInput {
	return slices.DeleteFunc(slices.Clone(task.Inputs), func(i evidence.TaskInput) bool { return !slices.Contains(i.Codes, code) })
}

// TaskApplication verifies that a task names one app by its URL.
var TaskApplication = taskCheck(Meta{
	ID:           "task-launch.application",
	Title:        "A task that asks for a launch names one app by its URL",
	Requirements: []string{"task-launch-application"},
	Remedy:       "Give the task exactly one input of type smartonfhir-application, with the launch URL of the app as valueUrl.",
}, "one input smartonfhir-application with an absolute valueUrl", func(task evidence.LaunchTask) string {
	inputs := inputsOf(task, "smartonfhir-application")
	switch {
	case len(inputs) != 1:
		return fmt.Sprintf("%d inputs smartonfhir-application", len(inputs))
	case inputs[0].Member != "valueUrl":
		return "the app as " + orNothingShown([]string{inputs[0].Member})
	case !isURI(inputs[0].Value):
		return "the URL " + shown(inputs[0].Value)
	}
	return ""
})

// TaskAppContext verifies that a task has one context for the app at most.
var TaskAppContext = taskCheck(Meta{
	ID:           "task-launch.app-context",
	Title:        "A task that asks for a launch has one context for the app at most",
	Requirements: []string{"task-launch-app-context"},
	Remedy:       "Give the task at most one input of type smartonfhir-appcontext, as valueString.",
}, "at most one input smartonfhir-appcontext with a valueString", func(task evidence.LaunchTask) string {
	inputs := inputsOf(task, "smartonfhir-appcontext")
	switch {
	case len(inputs) > 1:
		return fmt.Sprintf("%d inputs smartonfhir-appcontext", len(inputs))
	case len(inputs) == 1 && inputs[0].Member != "valueString":
		return "the context as " + orNothingShown([]string{inputs[0].Member})
	}
	return ""
})

// TaskReferences verifies whom and what a task is about. The reference of a logical kind says nothing.
var TaskReferences = taskCheck(Meta{
	ID:           "task-launch.references",
	Title:        "A task that asks for a launch is for a patient and about an encounter",
	Requirements: []string{"task-launch-references"},
	Remedy:       "Refer to a Patient in Task.for and to an Encounter in Task.encounter, or leave them out.",
}, "a Patient in for and an Encounter in encounter", func(task evidence.LaunchTask) string {
	for _, r := range []struct{ member, reference, kind string }{{"for", task.For, "Patient"}, {"encounter", task.Encounter, "Encounter"}} {
		literal := strings.Contains(r.reference, "/")
		if literal && !strings.HasPrefix(r.reference, r.kind+"/") && !strings.Contains(r.reference, "/"+r.kind+"/") {
			return fmt.Sprintf("%s refers to %s", r.member, shown(r.reference))
		}
	}
	return ""
})
