package fhir

import "github.com/smart-conformance/smartcheck/internal/ehr/faults"

// The codes and profiles of tasks that ask for the launch of an app
// (https://hl7.org/fhir/smart-app-launch/STU2.2/task-launch.html).
const (
	launchCodes    = "http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes"
	launchProfiles = "http://hl7.org/fhir/smart-app-launch/StructureDefinition/"
	launchedApp    = "https://app.example.org/launch"
)

// addLaunchTasks gives Amy a task of each profile: one that asks for an EHR launch and one that asks for a
// standalone launch.
func (s *server) addLaunchTasks() {
	url := taskInput("smartonfhir-application", "valueUrl", launchedApp)
	context := taskInput("smartonfhir-appcontext", "valueString", `{"view":"growth"}`)
	inputs, code := list{url, context}, "launch-app-ehr"
	encounter := reference("Encounter/"+PatientAmy+"-followup", "Follow-up visit")
	switch {
	case s.has(faults.TaskCodeOther):
		code = "launch-app-standalone"
	case s.has(faults.TaskURLMissing):
		inputs = list{context}
	case s.has(faults.TaskURLText):
		inputs = list{taskInput("smartonfhir-application", "valueString", launchedApp), context}
	case s.has(faults.TaskContextTwice):
		inputs = list{url, context, context}
	case s.has(faults.TaskEncounterOther):
		encounter = practitioners[0].reference()
	}
	ehr := launchTask("task-ehr-launch", code, inputs)
	ehr["encounter"] = encounter
	standalone := launchTask("task-standalone-launch", "launch-app-standalone", list{url})
	s.records.put(stamped(ehr, PatientAmy+"-ehr-launch", "1", seeded))
	s.records.put(stamped(standalone, PatientAmy+"-standalone-launch", "1", seeded))
}

func launchTask(profile, code string, inputs list) resource {
	return resource{
		"resourceType": "Task", "meta": object{"profile": list{launchProfiles + profile}}, "status": "requested", "intent": "proposal",
		"code": concept(launchCodes, code, "Launch an app"), "for": reference("Patient/"+PatientAmy, "Amy Shaw"), "input": inputs,
	}
}

func taskInput(code, member, value string) object {
	return object{"type": concept(launchCodes, code, "Input of a launch"), member: value}
}
