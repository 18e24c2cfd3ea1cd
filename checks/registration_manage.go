package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// RegistrationManagement lists the checks of what can be done with a registration.
var RegistrationManagement = []Check{
	RegistrationRead, RegistrationUpdate, RegistrationUpdateSecret, RegistrationManagementToken, RegistrationDelete,
	RegistrationDeleted, RegistrationDeletedRead, RegistrationDeletedTokens,
}

const managementOffered = "registrations come with registration_client_uri and registration_access_token (RFC 7592)"

// RegistrationRead verifies that a client can read its registration.
var RegistrationRead = New(Meta{
	ID:           "registration.read",
	Title:        "A client reads its registration",
	Level:        Shall,
	Requirements: []string{"rfc7592-2.1-read"},
	Applies:      managementOffered,
	Remedy:       "Answer GET at registration_client_uri with 200, client_id and the registered metadata.",
}, evidence.ManagedRegistrationKind, func(e evidence.ManagedRegistration) Verdict {
	proof := []string{e.Registered.Exchange, e.Read.Exchange}
	if failed := giveUp(e.Read.Status); failed != "" {
		return CannotJudge("registration_client_uri "+failed, proof...)
	}
	if e.Read.Status != 200 || e.Read.ID() != e.Registered.ID() {
		return Broken("200 with the same client_id", e.Read.Describe(), proof...)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Registered.Members)) {
		if optional := strings.HasPrefix(name, "client_secret") || strings.HasPrefix(name, "client_id_issued"); !optional && !e.Read.Has(name) && e.Registered.Has(name) {
			return Broken("what the registration returned", "no "+name, proof...)
		}
	}
	return Holds("the registration was read", proof...)
})

// RegistrationUpdate verifies that an update replaces what was registered.
var RegistrationUpdate = New(Meta{
	ID:           "registration.update",
	Title:        "An update replaces the registered metadata",
	Level:        Shall,
	Requirements: []string{"rfc7592-2.2-replaces"},
	Applies:      managementOffered,
	Remedy:       "Let a PUT at registration_client_uri replace all metadata, remove what it leaves out, and answer 200 with the result; answer 405 when there are no updates.",
}, evidence.ManagedRegistrationKind, func(e evidence.ManagedRegistration) Verdict {
	proof := []string{e.Update.Exchange, e.Updated.Exchange}
	moved, told := e.Updated.Words("redirect_uris")
	before, _ := e.Registered.Words("redirect_uris")
	name, _ := e.Updated.Text("client_name")
	onlyMoved := len(moved) == 1 && strings.HasSuffix(moved[0], evidence.UpdatedPath)
	switch failed := giveUp(e.Update.Status); {
	case failed != "":
		return CannotJudge("registration_client_uri "+failed, proof...)
	case unoffered(e.Update):
		return Skip("the server does not let clients update their registration: " + e.Update.Describe())
	case !e.Update.Succeeded():
		return Broken("200 with the new metadata", e.Update.Describe(), proof...)
	case !e.Updated.Registered() || !told:
		return CannotJudge("the updated registration could not be read: "+e.Updated.Describe(), proof...)
	case slices.ContainsFunc(before, func(uri string) bool { return slices.Contains(moved, uri) }):
		return Broken("only the new redirect URI", fmt.Sprintf("the old one as well: redirect_uris %q", few(moved)), proof...)
	case !onlyMoved || e.Registered.Has("client_name") && name != evidence.UpdatedName:
		return Broken("the new redirect URI and name", fmt.Sprintf("redirect_uris %q and client_name %.100q", few(moved), name), proof...)
	case e.Updated.Has("client_uri"):
		return Broken("no client_uri, which the update left out", "client_uri is still there", proof...)
	}
	return Holds("the update replaced what was registered", proof...)
})

// unoffered reports whether the server says that it does not have this method.
func unoffered(a evidence.RegistrationAnswer) bool { return a.Status == 405 || a.Status == 501 }

// RegistrationUpdateSecret verifies that a client cannot choose its secret.
var RegistrationUpdateSecret = New(Meta{
	ID:           "registration.update-secret",
	Title:        "An update cannot choose the client secret",
	Level:        ShallNot,
	Requirements: []string{"rfc7592-2.2-secret-not-chosen"},
	Applies:      managementOffered + ", and clients get secrets",
	Remedy:       "Refuse an update whose client_secret is not the current one.",
}, evidence.ManagedRegistrationKind, func(e evidence.ManagedRegistration) Verdict {
	switch {
	case e.ChosenSecret == nil:
		return Skip("the registered client has no secret")
	case giveUp(e.ChosenSecret.Status) != "":
		return CannotJudge("registration_client_uri "+giveUp(e.ChosenSecret.Status), e.ChosenSecret.Exchange)
	case unoffered(*e.ChosenSecret):
		return Skip("the server does not let clients update their registration: " + e.ChosenSecret.Describe())
	case e.ChosenSecret.Secret != nil && e.ChosenSecret.Secret.Fingerprint == e.Chosen.Fingerprint:
		return Broken("a refusal, or the secret as it was", e.ChosenSecret.Describe()+" and the secret that the client chose", e.ChosenSecret.Exchange)
	}
	return Holds("the secret was not taken over: "+e.ChosenSecret.Describe(), e.ChosenSecret.Exchange)
})

// RegistrationManagementToken verifies that a registration is managed with its own token only.
var RegistrationManagementToken = New(Meta{
	ID:           "registration.management-token",
	Title:        "A registration can be managed with its own token only",
	Level:        Shall,
	Requirements: []string{"rfc7592-2.1-token-needed"},
	Applies:      managementOffered,
	Remedy:       "Compare the token with that of the client in the address, for every method, and answer 401 otherwise.",
}, evidence.ManagedRegistrationKind, func(e evidence.ManagedRegistration) Verdict {
	var t tally
	if e.Read.Status != 200 {
		return CannotJudge("a refusal would prove nothing: the client's own token was answered with "+e.Read.Describe()+" as well", e.Read.Exchange)
	}
	for _, s := range e.Strangers {
		switch failed := giveUp(s.Answer.Status); {
		case s.Answer.Succeeded():
			t.breaks(s.Name+": "+s.Answer.Describe(), s.Answer.Exchange)
		case failed != "":
			t.unsure(s.Name + ": registration_client_uri " + failed)
		default:
			t.holds(s.Answer.Exchange)
		}
	}
	return t.verdict("401", "every other token was refused", "no other token was tried")
})

// RegistrationDelete verifies the answer to a deletion.
var RegistrationDelete = New(Meta{
	ID:           "registration.delete",
	Title:        "A client deletes its registration",
	Level:        Shall,
	Requirements: []string{"rfc7592-2.3-delete"},
	Applies:      managementOffered,
	Remedy:       "Answer DELETE at registration_client_uri with 204 and no body; answer 405 when clients cannot delete themselves.",
}, evidence.ManagedRegistrationKind, func(e evidence.ManagedRegistration) Verdict {
	switch failed := giveUp(e.Delete.Status); {
	case failed != "":
		return CannotJudge("registration_client_uri "+failed, e.Delete.Exchange)
	case unoffered(e.Delete):
		return Note("clients cannot delete their registration: "+e.Delete.Describe(), e.Delete.Exchange)
	case e.Delete.Status != 204 || !e.Delete.Empty:
		return Broken("204 without a body", e.Delete.Describe(), e.Delete.Exchange)
	}
	return Holds("the registration was deleted", e.Delete.Exchange)
})

// afterDeletion judges what a deletion left behind, once there was one.
func afterDeletion(judge func(evidence.ManagedRegistration) Verdict) func(evidence.ManagedRegistration) Verdict {
	return func(e evidence.ManagedRegistration) Verdict {
		if !e.Delete.Succeeded() {
			return Skip("no registration was deleted: " + e.Delete.Describe())
		}
		return judge(e)
	}
}

// RegistrationDeleted verifies that a deleted client is no client any more.
var RegistrationDeleted = New(Meta{
	ID:           "registration.deleted",
	Title:        "A deleted client no longer authenticates",
	Level:        Shall,
	Requirements: []string{"rfc7592-2.3-client-invalidated"},
	Applies:      managementOffered,
	Remedy:       "Forget the client_id and the secret at every endpoint when a registration is deleted.",
}, evidence.ManagedRegistrationKind, afterDeletion(func(e evidence.ManagedRegistration) Verdict {
	proof := []string{e.Before.Right.Exchange, e.Delete.Exchange, e.After.Right.Exchange}
	if known, failed := knownClient(e.Before); known != acceptedClient {
		return Skip("nothing shows that the client was known before: the token endpoint answered " + e.Before.Right.Describe() + " " + failed)
	}
	switch known, failed := knownClient(e.After); {
	case failed != "":
		return CannotJudge("the token endpoint "+failed, proof...)
	case known == refusedClient:
		return Holds("the token endpoint no longer knew the client", proof...)
	}
	return Broken("401 invalid_client", e.After.Right.Describe(), proof...)
}))

// RegistrationDeletedRead verifies the answer about a registration that does not exist.
var RegistrationDeletedRead = New(Meta{
	ID:           "registration.deleted-read",
	Title:        "A registration that does not exist is answered with 401",
	Level:        Shall,
	Requirements: []string{"rfc7592-2.1-unknown-401"},
	Applies:      managementOffered,
	Remedy:       "Answer 401 for a client that does not exist, as for a wrong token.",
}, evidence.ManagedRegistrationKind, afterDeletion(func(e evidence.ManagedRegistration) Verdict {
	switch failed := giveUp(e.Gone.Status); {
	case failed != "":
		return CannotJudge("registration_client_uri "+failed, e.Gone.Exchange)
	case e.Gone.Status != 401:
		return Broken("401", e.Gone.Describe(), e.Delete.Exchange, e.Gone.Exchange)
	}
	return Holds("a deleted registration was answered with 401", e.Gone.Exchange)
}))

// RegistrationDeletedTokens verifies that the tokens of a deleted client end.
var RegistrationDeletedTokens = New(Meta{
	ID:           "registration.deleted-tokens",
	Title:        "The access tokens of a deleted client no longer work",
	Level:        Should,
	Requirements: []string{"rfc7592-2.3-tokens-invalidated"},
	Applies:      managementOffered + ", and the target file has a user",
	Remedy:       "Revoke every grant of a client when its registration is deleted.",
}, evidence.RegisteredLaunchKind, func(e evidence.RegisteredLaunch) Verdict {
	switch {
	case e.Delete == nil || !e.Delete.Succeeded():
		return Skip("no client with an access token was deleted")
	case e.Before.Status != 200:
		return Skip(fmt.Sprintf("the token did not work before the deletion either: the FHIR server answered %d", e.Before.Status))
	case giveUp(e.After.Status) != "":
		return CannotJudge("the FHIR server "+giveUp(e.After.Status), e.After.Exchange)
	case e.After.Status/100 == 2:
		return Broken("401", fmt.Sprintf("%d with the data, after the client was deleted", e.After.Status), e.Before.Exchange, e.Delete.Exchange, e.After.Exchange)
	}
	return Holds("the token no longer opened the FHIR server", e.Before.Exchange, e.Delete.Exchange, e.After.Exchange)
})
