package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// readWith is a use of an access token some seconds after its revocation.
func readWith(status int, waited float64) evidence.TokenUse {
	return evidence.TokenUse{Waited: waited, Read: &evidence.FHIRAnswer{Status: status, ResourceType: "Bundle"}}
}

func refreshing(r evidence.TokenResponse) evidence.TokenUse { return evidence.TokenUse{Refresh: &r} }

// ofAccess is a request to revoke an access token, and what it was worth afterwards.
func ofAccess(name string, answer int, after ...evidence.TokenUse) evidence.Revocation {
	return evidence.Revocation{Name: name, Answer: answered(answer, `{}`), Before: readWith(200, 0), After: after}
}

// accessRevoked and refreshRevoked are revocations of one access token, or of one refresh token.
func accessRevoked(all ...evidence.Revocation) evidence.Revocations {
	return evidence.Revocations{Access: all, Unknown: answered(200, `{}`), Tokenless: refused(400, "invalid_request"), NoRefresh: "none is issued"}
}

func refreshRevoked(answer evidence.TokenResponse, after evidence.TokenResponse, change func(*evidence.Revocation)) evidence.Revocations {
	r := evidence.Revocation{
		Name: evidence.RevokedByOwner, Answer: answer, Before: refreshing(issued(`{}`)), After: []evidence.TokenUse{refreshing(after)},
	}
	if change != nil {
		change(&r)
	}
	return evidence.Revocations{Refresh: []evidence.Revocation{r}}
}

func onward(refreshed evidence.TokenResponse, read int) evidence.Revocations {
	answer := status("", read)
	return evidence.Revocations{Onward: &evidence.RevokedOnward{Revoked: answered(200, `{}`), Refresh: refreshed, Read: &answer}}
}

// TestEdgesOfRevocation holds where servers may differ, and where they may not.
func TestEdgesOfRevocation(t *testing.T) {
	ok, gone := answered(200, `{}`), refused(400, "invalid_grant")
	own, hinted, other, nobody := evidence.RevokedByOwner, evidence.RevokedUnderHint, evidence.RevokedByOther, evidence.RevokedByNobody
	notSupported := ofAccess(own, 400, readWith(200, 0))
	notSupported.Answer = refused(400, "unsupported_token_type")
	stale := ofAccess(own, 200, readWith(401, 0))
	told := about(evidence.RevokedToken, 200, `{"active":true}`)
	stale.Introspected = &told
	twice := ofAccess(own, 200, readWith(401, 0))
	twice.Again = &gone
	unknown := accessRevoked()
	unknown.Unknown = answered(204, `{}`)
	page := accessRevoked()
	page.Tokenless = evidence.TokenResponse{Status: 400}
	lenient := accessRevoked()
	lenient.Tokenless = ok
	cascade := func(last int, end *evidence.TokenResponse) evidence.Revocations {
		return refreshRevoked(ok, gone, func(r *evidence.Revocation) {
			r.Cascade, r.OwnEnd = []evidence.TokenUse{readWith(last, 0)}, end
		})
	}
	unsupportedEnd := refused(400, "unsupported_token_type")
	for name, row := range map[string]struct {
		check checks.Check
		value evidence.Revocations
		want  checks.Status
	}{
		"refused at once":                      {checks.RevocationEffect, accessRevoked(ofAccess(own, 200, readWith(401, 0))), checks.Passed},
		"refused after a while":                {checks.RevocationEffect, accessRevoked(ofAccess(own, 200, readWith(200, 0), readWith(401, 2))), checks.Noted},
		"never refused":                        {checks.RevocationEffect, accessRevoked(ofAccess(own, 200, readWith(200, 0), readWith(200, 3))), checks.Failed},
		"a FHIR server that fails":             {checks.RevocationEffect, accessRevoked(ofAccess(own, 200, readWith(503, 0))), checks.Undecided},
		"refused, and still called active":     {checks.RevocationEffect, accessRevoked(stale), checks.Failed},
		"access tokens are not revoked at all": {checks.RevocationEffect, accessRevoked(notSupported), checks.Skipped},
		"access tokens should be revoked":      {checks.RevocationAccessToken, accessRevoked(notSupported), checks.Warned},
		"a refresh token is refused":           {checks.RevocationRefreshToken, refreshRevoked(ok, gone, nil), checks.Passed},
		"a refresh token goes on":              {checks.RevocationRefreshToken, refreshRevoked(ok, issued(`{}`), nil), checks.Failed},
		"a refresh token is no token":          {checks.RevocationRefreshToken, refreshRevoked(unsupportedEnd, issued(`{}`), nil), checks.Failed},
		"the revocation endpoint fails":        {checks.RevocationRefreshToken, refreshRevoked(answered(503, `{}`), issued(`{}`), nil), checks.Undecided},
		"no refresh tokens":                    {checks.RevocationRefreshToken, accessRevoked(), checks.Skipped},
		"the access token goes too":            {checks.RevocationCascade, cascade(401, nil), checks.Passed},
		"the access token stays":               {checks.RevocationCascade, cascade(200, &ok), checks.Warned},
		"access tokens cannot be revoked":      {checks.RevocationCascade, cascade(200, &unsupportedEnd), checks.Skipped},
		"the refresh token stays whole":        {checks.RevocationAccessAlone, onward(issued(`{}`), 200), checks.Noted},
		"the refresh token goes too":           {checks.RevocationAccessAlone, onward(gone, 0), checks.Noted},
		"the refresh token brings dead tokens": {checks.RevocationAccessAlone, onward(issued(`{}`), 401), checks.Warned},
		"another client is refused":            {checks.RevocationOwnerOnly, accessRevoked(ofAccess(other, 400, readWith(200, 0))), checks.Passed},
		"another client is told a lie":         {checks.RevocationOwnerOnly, accessRevoked(ofAccess(other, 200, readWith(200, 0))), checks.Warned},
		"another client succeeds":              {checks.RevocationOwnerOnly, accessRevoked(ofAccess(other, 200, readWith(401, 0))), checks.Failed},
		"another client is refused, in vain":   {checks.RevocationOwnerOnly, accessRevoked(ofAccess(other, 400, readWith(401, 0))), checks.Failed},
		"there is no other client":             {checks.RevocationOwnerOnly, accessRevoked(), checks.Skipped},
		"nobody is refused":                    {checks.RevocationAuthentication, accessRevoked(ofAccess(nobody, 401, readWith(200, 0))), checks.Passed},
		"nobody succeeds":                      {checks.RevocationAuthentication, accessRevoked(ofAccess(nobody, 200, readWith(401, 0))), checks.Failed},
		"saved by the hint":                    {checks.RevocationWrongHint, accessRevoked(ofAccess(own, 200, readWith(401, 0)), ofAccess(hinted, 200, readWith(200, 3))), checks.Failed},
		"not saved by the hint":                {checks.RevocationWrongHint, accessRevoked(ofAccess(own, 200, readWith(401, 0)), ofAccess(hinted, 200, readWith(401, 0))), checks.Passed},
		"never revoked, whatever the hint":     {checks.RevocationWrongHint, accessRevoked(ofAccess(own, 200, readWith(200, 3)), ofAccess(hinted, 200, readWith(200, 3))), checks.Skipped},
		"revoked twice":                        {checks.RevocationUnknownToken, accessRevoked(twice), checks.Warned},
		"an unknown token with 204":            {checks.RevocationUnknownToken, unknown, checks.Warned},
		"GET is refused":                       {checks.RevocationPostOnly, accessRevoked(ofAccess(evidence.RevokedByGet, 405, readWith(200, 0))), checks.Passed},
		"GET revokes":                          {checks.RevocationPostOnly, accessRevoked(ofAccess(evidence.RevokedByGet, 200, readWith(401, 0))), checks.Warned},
		"an error page":                        {checks.RevocationErrors, page, checks.Failed},
		"no token is no error":                 {checks.RevocationErrors, lenient, checks.Skipped},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			g.Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}
