package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func answer(status int) evidence.TokenResponse {
	if status == 200 {
		return evidence.TokenResponse{Status: status, AccessToken: &evidence.Secret{}}
	}
	return evidence.TokenResponse{Status: status}
}

// TestHostedKeysAtTheEdges shows what is no verdict on a server, and what is.
func TestHostedKeysAtTheEdges(t *testing.T) {
	attempts := func(pairs ...any) evidence.HostedKeys {
		var e evidence.HostedKeys
		for i := 0; i+1 < len(pairs); i += 2 {
			e.Attempts = append(e.Attempts, evidence.KeyAttempt{Step: pairs[i].(string), Name: pairs[i].(string), Token: answer(pairs[i+1].(int))})
		}
		e.RepeatedMillis, e.KeptMillis = 100, 1000
		return e
	}
	slow := attempts(evidence.KeyRepeated, 200)
	slow.RepeatedMillis = 2000
	fetched := attempts(evidence.KeyRepeated, 200)
	fetched.Attempts[0].Fetches = 1
	outage := func(o evidence.KeyOutage) evidence.HostedKeys { return evidence.HostedKeys{Outage: &o} }
	for name, row := range map[string]struct {
		check checks.Check
		seen  evidence.HostedKeys
		want  checks.Status
	}{
		"a set with odd keys is refused as a whole": {checks.WeakRSAKey, attempts(evidence.KeyBesideOdd, 401, evidence.KeyWeak, 401), checks.Undecided},
		"a short key ends in a server error":        {checks.WeakRSAKey, attempts(evidence.KeyBesideOdd, 200, evidence.KeyWeak, 500), checks.Undecided},
		"no short key was tried":                    {checks.WeakRSAKey, attempts(evidence.KeyBesideOdd, 200), checks.Skipped},
		"the first key is refused":                  {checks.KeysByURL, attempts(evidence.KeysFetched, 401), checks.Failed},
		"the first key meets a busy server":         {checks.KeysByURL, attempts(evidence.KeysFetched, 503), checks.Undecided},
		"the new key is refused":                    {checks.KeySetLapses, attempts(evidence.KeysFetched, 200, evidence.KeyWithdrawn, 401, evidence.KeyAdded, 401), checks.Failed},
		"nothing was fetched":                       {checks.KeySetGet, evidence.HostedKeys{}, checks.Undecided},
		"the set lapsed meanwhile":                  {checks.KeySetKept, slow, checks.Undecided},
		"the set was fetched every time":            {checks.KeySetKept, fetched, checks.Warned},
		"the other client waited":                   {checks.KeySetOutage, outage(evidence.KeyOutage{Blocked: "5s"}), checks.Warned},
		"the other client was refused":              {checks.KeySetOutage, outage(evidence.KeyOutage{Token: answer(400)}), checks.Undecided},
		"no key set was asked for":                  {checks.KeySetOutage, evidence.HostedKeys{OutageTrouble: "none"}, checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			f := row.check.Judge(evidence.Record{Value: row.seen}, checks.Options{Version: checks.V2_2_0})
			NewWithT(t).Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}

// TestAssertionsAtTheEdges does the same for keys that are registered inline.
func TestAssertionsAtTheEdges(t *testing.T) {
	forged := func(about string, status int) evidence.ForgedAssertions {
		return evidence.ForgedAssertions{ForgedAssertions: []evidence.ForgedAssertion{{About: about, Name: about, Token: answer(status)}}}
	}
	algorithms := func(listed []string, es384, rs384 int) evidence.Algorithms {
		return evidence.Algorithms{Listed: listed, Demanded: []evidence.Redemption{{Name: "ES384", Token: answer(es384)}, {Name: "RS384", Token: answer(rs384)}}}
	}
	control := answer(401)
	for name, row := range map[string]struct {
		check checks.Check
		seen  any
		want  checks.Status
	}{
		"a forgery ends in a server error":    {checks.AssertionSignature, forged(evidence.BadSignature, 500), checks.Undecided},
		"a forgery meets a page":              {checks.AssertionInvalidClient, forged(evidence.BadSignature, 401), checks.Failed},
		"an accepted forgery is no bad error": {checks.AssertionInvalidClient, forged(evidence.BadSignature, 200), checks.Skipped},
		"another client_id may be otherwise":  {checks.AssertionInvalidClient, forged(evidence.BadClientID, 400), checks.Skipped},
		"six minutes ahead may be accepted":   {checks.AssertionLifetime, evidence.ForgedAssertions{ForgedAssertions: []evidence.ForgedAssertion{{About: evidence.LongLifetime, Name: evidence.SixMinutes, Token: answer(200)}}}, checks.Noted},
		"one algorithm is enough":             {checks.InlineAlgorithms, algorithms(nil, 200, 401), checks.Passed},
		"but not when both are listed":        {checks.InlineAlgorithms, algorithms([]string{"ES384", "RS384"}, 200, 401), checks.Failed},
		"none works and none is listed":       {checks.InlineAlgorithms, algorithms(nil, 401, 401), checks.Failed},
		"a client cannot authenticate there":  {checks.AssertionSingleUse, evidence.Replays{Replays: []evidence.Replay{{First: answer(200), Control: &control, Again: answer(200)}}}, checks.Skipped},
		"the first use was refused":           {checks.AssertionSingleUse, evidence.Replays{Replays: []evidence.Replay{{First: answer(401), Again: answer(401)}}}, checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			f := row.check.Judge(evidence.Record{Value: row.seen}, checks.Options{Version: checks.V2_2_0})
			NewWithT(t).Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}
