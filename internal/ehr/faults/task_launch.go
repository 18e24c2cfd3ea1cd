package faults

// Defects of the tasks that ask for a launch.
var (
	TaskCodeOther      = Fault{"task-code-other", "gives a task of the EHR launch profile the code of a standalone launch", []string{"task-launch.code"}}
	TaskURLMissing     = Fault{"task-url-missing", "asks for a launch without the address of the app", []string{"task-launch.application"}}
	TaskURLText        = Fault{"task-url-text", "gives the address of the app as valueString", []string{"task-launch.application"}}
	TaskContextTwice   = Fault{"task-context-twice", "gives two contexts for one app", []string{"task-launch.app-context"}}
	TaskEncounterOther = Fault{"task-encounter-other", "names a practitioner where the encounter of the launch belongs", []string{"task-launch.references"}}
)

var taskLaunch = []Fault{TaskCodeOther, TaskURLMissing, TaskURLText, TaskContextTwice, TaskEncounterOther}
