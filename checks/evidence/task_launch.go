package evidence

// LaunchTasks are tasks of a FHIR server that ask for the launch of an app.
type LaunchTasks struct {
	Exchange string       `json:"exchange"` // of the search
	Answer   FHIRAnswer   `json:"answer"`
	Tasks    []LaunchTask `json:"tasks,omitempty"`
}

// LaunchTask is one Task that has a profile, or a code, of SMART App Launch.
type LaunchTask struct {
	ID        string      `json:"id"`
	Profiles  []string    `json:"profiles,omitempty"` // of SMART App Launch, without what stands before the last slash
	Codes     []string    `json:"codes,omitempty"`    // of the code system of SMART App Launch
	Inputs    []TaskInput `json:"inputs,omitempty"`
	For       string      `json:"for,omitempty"`       // reference
	Encounter string      `json:"encounter,omitempty"` // reference
}

// TaskInput is one input of a Task.
type TaskInput struct {
	Codes  []string `json:"codes,omitempty"`  // of its type, in the code system of SMART App Launch
	Member string   `json:"member,omitempty"` // the name of its value, such as valueUrl
	Value  string   `json:"value,omitempty"`  // when it is a string
}

// LaunchTasksKind is a search for tasks that ask for a launch.
var LaunchTasksKind = NewKind[LaunchTasks]("task-launch.tasks")
