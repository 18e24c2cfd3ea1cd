package ehr

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

func (l *lab) revoke(client, token, hint string) answered {
	l.t.Helper()
	return l.post("revoke", client, edit(url.Values{"token": {token}}, "token_type_hint", hint))
}

// revoked returns a demonstration step that revokes a token of the public client and shows what is left.
func revoked(client, kind, hint string, show func(*lab, answered) string) func(*lab) string {
	return func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		return fmt.Sprint(l.revoke(client, tokens.text(kind), hint).status, ", ", show(l, tokens))
	}
}

// stillRefreshes shows whether the refresh token of an answer works.
func stillRefreshes(l *lab, tokens answered) string {
	return verdict(l.refresh(DemoPublicID, tokens.text("refresh_token")))
}

var revocationDemonstrations = []demonstration{
	{faults.RevocationRefreshLives, revoked(DemoPublicID, "refresh_token", "", stillRefreshes), "200, 400 invalid_grant", "200, tokens"},
	{faults.RevocationAccessRefused, revoked(DemoPublicID, "access_token", "", reads), "200, 401", "400, 200"},
	{faults.RevocationAccessLives, revoked(DemoPublicID, "access_token", "", reads), "200, 401", "200, 200"},
	{faults.RevocationNoCascade, revoked(DemoPublicID, "refresh_token", "", func(l *lab, tokens answered) string {
		return stillRefreshes(l, tokens) + ", " + reads(l, tokens)
	}), "200, 400 invalid_grant, 401", "200, 400 invalid_grant, 200"},
	{faults.RevocationPoisonsGrant, revoked(DemoPublicID, "access_token", "", func(l *lab, tokens answered) string {
		again := l.refresh(DemoPublicID, tokens.text("refresh_token"))
		return verdict(again) + ", " + reads(l, again)
	}), "200, tokens, 200", "200, tokens, 401"},
	{faults.RevocationAnyClient, revoked(DemoSymmetricID, "refresh_token", "", stillRefreshes), "400, tokens", "200, 400 invalid_grant"},
	{faults.RevocationUnauthenticated, func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		form := url.Values{"token": {tokens.text("access_token")}}
		return fmt.Sprint(l.send(http.MethodPost, l.s.authURL(l.fault, "revoke"), form).status, ", ", reads(l, tokens))
	}, "401, 200", "200, 401"},
	{faults.RevocationHintOnly, revoked(DemoPublicID, "refresh_token", "access_token", stillRefreshes), "200, 400 invalid_grant", "200, tokens"},
	{faults.RevocationUnknownRefused, func(l *lab) string { return verdict(l.revoke(DemoPublicID, "nonsense", "")) }, "200", "400 invalid_request"},
	{faults.RevocationByGet, func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		query := url.Values{"token": {tokens.text("access_token")}, "client_id": {DemoPublicID}}
		to := l.s.authURL(l.fault, "revoke") + "?" + query.Encode()
		return fmt.Sprint(l.send(http.MethodGet, to, nil).status, ", ", reads(l, tokens))
	}, "405, 200", "200, 401"},
	{faults.RevocationErrorHTML, func(l *lab) string {
		return l.revoke(DemoPublicID, "", "").header.Get("Content-Type")
	}, "application/json", "text/html; charset=utf-8"},
}
