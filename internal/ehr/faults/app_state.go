package faults

// Defects of the base that keeps the state of apps.
var (
	AppStateUnadvertised    = Fault{"app-state-unadvertised", "names the app state endpoint by a member of an older draft only", []string{"app-state.advertised"}}
	AppStateReadOnly        = Fault{"app-state-read-only", "claims app state and takes none", []string{"app-state.create"}}
	AppStateExtensionLost   = Fault{"app-state-extension-lost", "keeps the first extension of app state and loses the others", []string{"app-state.persisted"}}
	AppStateOddDropped      = Fault{"app-state-odd-dropped", "accepts extensions that it does not keep", []string{"app-state.whole-or-refused"}}
	AppStateClientID        = Fault{"app-state-client-id", "keeps new app state under the id that the app sent", []string{"app-state.own-id"}}
	AppStateNoETag          = Fault{"app-state-no-etag", "answers writes of app state without ETag", []string{"app-state.etag"}}
	AppStateNoBody          = Fault{"app-state-no-body", "answers writes of app state without the resource", []string{"app-state.representation"}}
	AppStateUpdateLost      = Fault{"app-state-update-lost", "answers an update of app state with 200 and keeps what it had", []string{"app-state.update"}}
	AppStateIfMatchOptional = Fault{"app-state-if-match-optional", "changes and deletes app state without If-Match", []string{"app-state.if-match-required"}}
	AppStateConflictIgnored = Fault{"app-state-conflict-ignored", "lets an outdated version overwrite app state", []string{"app-state.update-conflict"}}
	AppStateDeleteOutdated  = Fault{"app-state-delete-outdated", "deletes app state by an outdated version", []string{"app-state.delete-conflict"}}
	AppStateConflict409     = Fault{"app-state-conflict-409", "answers an outdated version with 409", []string{"app-state.update-conflict", "app-state.delete-conflict"}}
	AppStateRehomed         = Fault{"app-state-rehomed", "lets an update change code and subject of app state", []string{"app-state.identity-fixed"}}
	AppStateDeleteKept      = Fault{"app-state-delete-kept", "answers a delete of app state with 204 and keeps it", []string{"app-state.delete"}}
	AppStateResurrected     = Fault{"app-state-resurrected", "makes deleted app state anew by an update", []string{"app-state.deleted-id"}}
	AppStateSubjectRelative = Fault{"app-state-subject-relative", "compares the absolute subject of a search with a relative one", []string{"app-state.search"}}
	AppStateCodePrefix      = Fault{"app-state-code-prefix", "finds app state by the beginning of its code", []string{"app-state.search-exact"}}
	AppStateSubjectIgnored  = Fault{"app-state-subject-ignored", "leaves the subject of a search for app state out", []string{"app-state.search-exact"}}
	AppStateMissingIgnored  = Fault{"app-state-missing-ignored", "does not know the modifier missing", []string{"app-state.search-global"}}
	AppStateSingle          = Fault{"app-state-single", "keeps one state for each subject, whatever the code", []string{"app-state.per-code"}}
	AppStatePatientsOnly    = Fault{"app-state-patients-only", "keeps app state of patients and of nobody else", []string{"app-state.subjects"}}
	AppStateSmall           = Fault{"app-state-small", "keeps app state of up to 32 KB", []string{"app-state.size"}}
	AppStateOpen            = Fault{"app-state-open", "shows app state without a token", []string{"app-state.token-required"}}
	AppStateScopeUnchecked  = Fault{"app-state-scope-unchecked", "takes any valid token for app state", []string{"app-state.scope-enforced"}}
	AppStateWriteBySearch   = Fault{"app-state-write-by-search", "lets the letter s change app state", []string{"app-state.scope-enforced"}}
	AppStateCodeUnchecked   = Fault{"app-state-code-unchecked", "does not hold a scope to the code that it names", []string{"app-state.code-enforced"}}
	AppStateAnySubject      = Fault{"app-state-any-subject", "does not look whose app state it is", []string{"app-state.other-subjects"}}
)

var appState = []Fault{
	AppStateUnadvertised, AppStateReadOnly, AppStateExtensionLost, AppStateOddDropped, AppStateClientID, AppStateNoETag, AppStateNoBody,
	AppStateUpdateLost, AppStateIfMatchOptional, AppStateConflictIgnored, AppStateDeleteOutdated, AppStateConflict409, AppStateRehomed,
	AppStateDeleteKept, AppStateResurrected, AppStateSubjectRelative, AppStateCodePrefix, AppStateSubjectIgnored, AppStateMissingIgnored,
	AppStateSingle, AppStatePatientsOnly, AppStateSmall, AppStateOpen, AppStateScopeUnchecked, AppStateWriteBySearch, AppStateCodeUnchecked,
	AppStateAnySubject,
}
