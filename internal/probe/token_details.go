package probe

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// tokenDetails collects the authorization_details of every launch, and tries the first token that has some
// at the locations that they name.
func tokenDetails(ctx context.Context, s *session.Session) (evidence.DetailedTokens, error) {
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return evidence.DetailedTokens{}, err
	}
	var e evidence.DetailedTokens
	for _, g := range grants {
		if !g.Evidence.Worked() {
			continue
		}
		e.Asked++
		raw, there := g.Evidence.Token.Members["authorization_details"]
		if !there {
			continue
		}
		token := evidence.DetailedToken{Launch: g.Evidence.Launch, Exchange: g.Evidence.Token.Exchange, Details: raw}
		if len(e.Tokens) == 0 {
			if token.Reads, err = readLocations(ctx, s, g, raw); err != nil {
				return e, err
			}
		}
		e.Tokens = append(e.Tokens, token)
	}
	return e, nil
}

// mostLocations bounds how many locations are tried.
const mostLocations = 8

// readLocations reads the patient in context at the locations of the details. Locations on other hosts are
// left out: the token is not sent there.
func readLocations(ctx context.Context, s *session.Session, g session.Grant, raw json.RawMessage) ([]evidence.LocationRead, error) {
	var details []struct {
		Type      string   `json:"type"`
		Locations []string `json:"locations"`
		Patient   string   `json:"patient"`
	}
	_ = json.Unmarshal(raw, &details) // what is malformed is for the check to see
	patient, _ := g.Evidence.Token.Text("patient")
	var reads []evidence.LocationRead
	for _, d := range details {
		id := d.Patient
		if id == "" {
			id = patient
		}
		for _, location := range d.Locations {
			if d.Type != evidence.SMARTDetails || id == "" || len(reads) == mostLocations || !sameOrigin(location, s.Config.FHIR) {
				continue
			}
			answer, err := s.FHIR(ctx, s.Scope(evidence.DetailsKind.Name()), session.Call{
				Name: location, Path: strings.TrimRight(location, "/") + "/Patient/" + url.PathEscape(id), Token: g.Tokens.Access,
			})
			if err != nil {
				return nil, err
			}
			reads = append(reads, evidence.LocationRead{Location: location, Answer: answer})
		}
	}
	return reads, nil
}

// manyScopes makes a grant of so many granular scopes that a token which holds them in words is larger than
// 8 KiB.
func manyScopes(ctx context.Context, s *session.Session) (evidence.Grant, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.Grant{}, err
	}
	for _, capability := range []string{"permission-v2", "authorize-post"} {
		if !m.Claims(capability) {
			return evidence.Grant{}, unavailable("the server does not claim " + capability + ", without which so many scopes cannot be asked for")
		}
	}
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Grant{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Grant{}, err
	}
	grant, err := s.FreshGrant(ctx, s.Scope(evidence.ManyScopesKind.Name()), session.Request{
		Launch: launch, Post: true, Scopes: launchScopes(launch, granularScopes(launch.User)...),
	})
	return grant.Evidence, err
}

// granularScopes are the scopes of every category of observation together with every status.
func granularScopes(user string) []string {
	const categories = "http://terminology.hl7.org/CodeSystem/observation-category|"
	var scopes []string
	for _, category := range []string{
		"social-history", "vital-signs", "imaging", "laboratory", "procedure", "survey", "exam", "therapy", "activity",
	} {
		for _, status := range []string{"registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"} {
			scopes = append(scopes, user+"/Observation.rs?category="+categories+category+"&status="+status)
		}
	}
	return scopes
}
