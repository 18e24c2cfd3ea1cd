package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// OpenIDUserInfo lists the checks of the UserInfo endpoint.
var OpenIDUserInfo = []Check{UserInfoSubject, UserInfoPosted, UserInfoAnonymous, UserInfoScope}

const userInfoApplies = "the server has a userinfo_endpoint and issues ID tokens"

// UserInfoSubject verifies that the UserInfo endpoint tells of the user of the ID token.
var UserInfoSubject = New(Meta{
	ID:           "openid.userinfo",
	Title:        "The UserInfo endpoint names the subject of the ID token",
	Level:        Shall,
	Requirements: []string{"oidc-core-5.3.2-sub", "214"},
	Applies:      userInfoApplies,
	Remedy:       "Answer 200 with a JSON object, or with a JWT that the published key signs, whose sub is that of the ID token.",
}, evidence.UserInfoKind, answersUser(evidence.UserInfoGet))

// UserInfoPosted verifies that the UserInfo endpoint takes POST too.
var UserInfoPosted = New(Meta{
	ID:           "openid.userinfo-post",
	Title:        "The UserInfo endpoint takes POST as well as GET",
	Level:        Shall,
	Requirements: []string{"oidc-core-5.3-methods"},
	Applies:      userInfoApplies,
	Remedy:       "Serve POST with the access token in the Authorization header in the way of GET.",
}, evidence.UserInfoKind, answersUser(evidence.UserInfoPost))

// answersUser judges calls that must be answered with the subject of the ID token.
func answersUser(name string) func(evidence.UserInfos) Verdict {
	return func(e evidence.UserInfos) Verdict {
		var t tally
		for _, c := range e.Only(name) {
			switch where := c.Launch.String() + ": "; {
			case giveUp(c.Status) != "":
				t.unsure(where + "the UserInfo endpoint " + giveUp(c.Status))
			case c.Status != 200:
				t.breaks(fmt.Sprintf("%s%d", where, c.Status), c.Exchange)
			case c.MediaType == "application/jwt" && c.Problem != "":
				t.unsure(where + c.Problem)
			case c.Problem+c.Signature != "":
				t.breaks(where+c.Problem+c.Signature, c.Exchange)
			case c.Subject == "" || c.Subject != c.IDSubject:
				t.breaks(fmt.Sprintf("%ssub %q, where the ID token has %q", where, shorten(c.Subject), shorten(c.IDSubject)), c.Exchange)
			default:
				t.holds(c.Exchange)
			}
		}
		return t.verdict("200 with the sub of the ID token", "every subject agreed", "no call was made")
	}
}

// UserInfoAnonymous verifies that nobody learns of a user without a token.
var UserInfoAnonymous = New(Meta{
	ID:           "openid.userinfo-anonymous",
	Title:        "The UserInfo endpoint answers 401 without a token",
	Level:        Shall,
	Requirements: []string{"oidc-core-5.3.3-bearer-errors"},
	Applies:      userInfoApplies,
	Remedy:       "Answer 401 with WWW-Authenticate: Bearer to a request without an access token.",
}, evidence.UserInfoKind, func(e evidence.UserInfos) Verdict {
	const expected = "401 with WWW-Authenticate: Bearer"
	for _, c := range e.Only(evidence.UserInfoNoToken) {
		bearer := strings.Contains(", "+strings.ToLower(strings.Join(c.Challenge, ", ")), ", bearer")
		switch {
		case giveUp(c.Status) != "":
			return CannotJudge("the UserInfo endpoint "+giveUp(c.Status), c.Exchange)
		case c.Status >= 200 && c.Status <= 299:
			return Broken(expected, fmt.Sprintf("%d without an access token", c.Status), c.Exchange)
		case c.Status != 401:
			return Discouraged(expected, fmt.Sprint(c.Status), c.Exchange)
		case !bearer:
			return Discouraged(expected, "401 without that challenge", c.Exchange)
		default:
			return Holds("refused with 401", c.Exchange)
		}
	}
	return Skip("no call was made")
})

// UserInfoScope verifies that the UserInfo endpoint needs openid.
var UserInfoScope = New(Meta{
	ID:           "openid.userinfo-scope",
	Title:        "The UserInfo endpoint tells nothing to a token without openid",
	Level:        ShallNot,
	Requirements: []string{"oidc-core-5.3-openid-token"},
	Applies:      userInfoApplies,
	Remedy:       "Answer 403 insufficient_scope when openid is not among the scopes of the access token.",
}, evidence.UserInfoKind, func(e evidence.UserInfos) Verdict {
	if !slices.ContainsFunc(e.Only(evidence.UserInfoGet), evidence.UserInfo.Tells) {
		return CannotJudge("a refusal would prove nothing: the UserInfo endpoint names no user to a token with openid either")
	}
	var t tally
	for _, c := range e.Only(evidence.UserInfoNoOpenID) {
		switch {
		case giveUp(c.Status) != "":
			t.unsure("the UserInfo endpoint " + giveUp(c.Status))
		case c.Tells():
			t.breaks(fmt.Sprintf("%d with the sub of the user", c.Status), c.Exchange)
		default:
			t.holds(c.Exchange)
		}
	}
	return t.verdict("403 insufficient_scope, and no claims", "no claims were told", "no token without openid could be had")
})
