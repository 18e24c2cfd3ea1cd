package ehr

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// introspectedMember returns a demonstration step in which the symmetric client asks about a token of the public
// client, and that shows a member of the answer.
func introspectedMember(name string) func(*lab) string {
	return func(l *lab) string {
		return fmt.Sprint(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")).body[name])
	}
}

// active says in a few words what an introspection response says.
func active(a answered) string {
	if said, there := a.body["active"]; there {
		return fmt.Sprint(said)
	}
	return verdict(a)
}

// askedBy returns a demonstration step in which somebody with that Authorization header asks about a good token.
func askedBy(authorization func(l *lab) string) func(*lab) string {
	return func(l *lab) string {
		form := url.Values{"token": {l.redeem(DemoPublicID).text("access_token")}}
		var header []string
		if value := authorization(l); value != "" {
			header = []string{"Authorization", value}
		}
		return active(l.send(http.MethodPost, l.s.authURL(l.fault, "introspect"), form, header...))
	}
}

// askedNonsense returns a demonstration step in which the symmetric client asks about a token that was never issued.
func askedNonsense(show func(answered) string) func(*lab) string {
	return func(l *lab) string { return show(l.ask(DemoSymmetricID, "nonsense")) }
}

var introspectionDemonstrations = []demonstration{
	{faults.IntrospectionTextPlain, askedNonsense(func(a answered) string { return a.header.Get("Content-Type") }), "application/json", "text/plain; charset=utf-8"},
	{faults.IntrospectionRefused, introspectedMember("active"), "true", "false"},
	{faults.IntrospectionActiveString, func(l *lab) string {
		return member("active")(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")))
	}, "bool", "string"},
	{faults.IntrospectionScopeList, func(l *lab) string {
		return member("scope")(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")))
	}, "string", "[]interface {}"},
	{faults.IntrospectionScopeOther, admitted("system/Observation.rs", func(l *lab, a answered) string {
		return l.ask(DemoSymmetricID, a.text("access_token")).text("scope")
	}), "system/Observation.rs", "system/*.rs"},
	{faults.IntrospectionClientCaller, introspectedMember("client_id"), DemoPublicID, DemoSymmetricID},
	{faults.IntrospectionExpMillis, expOf(func(exp any) string { return fmt.Sprint(exp.(float64) > 1e11) }), "false", "true"},
	{faults.IntrospectionExpString, expOf(func(exp any) string { return fmt.Sprintf("%T", exp) }), "float64", "string"},
	{faults.IntrospectionExpIn, func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		lifetime := l.ask(DemoSymmetricID, tokens.text("access_token")).body["exp"].(float64) - float64(l.s.now().Unix())
		return fmt.Sprint(lifetime > tokens.body["expires_in"].(float64)+10)
	}, "false", "true"},
	{faults.IntrospectionContextMissing, introspectedMember("patient"), "amy-shaw", "<nil>"},
	{faults.IntrospectionIssMissing, func(l *lab) string {
		return member("iss")(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")))
	}, "string", "absent"},
	{faults.IntrospectionSubUsername, func(l *lab) string {
		return fmt.Sprint(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")).body["sub"] == PatientUsername)
	}, "false", "true"},
	{faults.IntrospectionFHIRUser, func(l *lab) string {
		return member("fhirUser")(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")))
	}, "string", "absent"},
	{faults.IntrospectionOwnOnly, introspectedMember("active"), "true", "false"},
	{faults.IntrospectionHintOnly, func(l *lab) string {
		form := url.Values{"token": {l.redeem(DemoPublicID).text("access_token")}, "token_type_hint": {"refresh_token"}}
		return active(l.post("introspect", DemoSymmetricID, form))
	}, "true", "false"},
	{faults.IntrospectionRefreshBearer, func(l *lab) string {
		return member("token_type")(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("refresh_token")))
	}, "absent", "string"},
	{faults.IntrospectionDeadError, askedNonsense(active), "false", "400 invalid_request"},
	{faults.IntrospectionExpiredActive, func(l *lab) string {
		c := newClock()
		s := start(l.t, func(o *Options) { o.Now = c.Now })
		l = &lab{newApp(l.t, s, l.fault), s}
		token := l.redeem(DemoPublicID).text("access_token")
		c.advance(accessLifetime + time.Second)
		return active(l.ask(DemoSymmetricID, token))
	}, "false", "true"},
	{faults.IntrospectionRevokedActive, func(l *lab) string {
		token := l.redeem(DemoPublicID).text("access_token")
		l.post("revoke", DemoPublicID, url.Values{"token": {token}})
		return active(l.ask(DemoSymmetricID, token))
	}, "false", "true"},
	{faults.IntrospectionDeadTells, askedNonsense(func(a answered) string { return fmt.Sprint(len(a.body)) }), "1", "2"},
	{faults.IntrospectionOpen, askedBy(func(*lab) string { return "" }), "401 invalid_client", "true"},
	{faults.IntrospectionAnyBearer, askedBy(func(*lab) string { return "Bearer guess" }), "401 invalid_token", "true"},
	{faults.IntrospectionSecretIgnored, askedBy(func(*lab) string { return basic(DemoSymmetricID, "guess") }), "401 invalid_client", "true"},
	{faults.IntrospectionNoBearer, askedBy(func(l *lab) string { return "Bearer " + l.redeem(DemoPublicID).text("access_token") }), "true", "401 invalid_client"},
	{faults.IntrospectionByGet, func(l *lab) string {
		to := l.s.authURL(l.fault, "introspect") + "?token=" + l.redeem(DemoPublicID).text("access_token")
		return active(l.send(http.MethodGet, to, nil, "Authorization", basic(DemoSymmetricID, DemoSecret())))
	}, "405 invalid_request", "true"},
}

// expOf returns a demonstration step that shows something of exp.
func expOf(show func(exp any) string) func(*lab) string {
	return func(l *lab) string {
		return show(l.ask(DemoSymmetricID, l.redeem(DemoPublicID).text("access_token")).body["exp"])
	}
}
