package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// launchFromPortal presses the launch button of the EHR and takes the launch value into the request.
// launched is false when the app was not launched; the evidence then says why.
func (s *Session) launchFromPortal(ctx context.Context, scope *record.Scope, person *visitor, a *Answer) (launched bool, err error) {
	driver := s.driver(a.Request)
	driver.PortalApp = s.Config.Button(target.ClientKind(a.Request.Launch.Client))
	driver.PortalPatient = s.opened(a.Request.Launch)
	driver.Embedded = s.Config.Launches.Embedded
	start := s.launchStart(target.UserRole(a.Request.Launch.User))
	journey := browser.Journey{Start: start, Trap: []string{a.Client.Launch}, Driver: driver}
	journey.Hand, journey.Timeout = s.hand(false)
	journey.Patience = s.Config.Timeouts.Page
	if journey.Player, err = s.player(a, start, true); err != nil {
		return false, err
	}
	trace, err := s.journey(ctx, target.UserRole(a.Request.Launch.User), person, journey)
	var stuck *browser.StuckError
	if err != nil && !errors.As(err, &stuck) {
		return false, fmt.Errorf("the browser could not open %s to launch the app: %w", start, err)
	}
	person.visited(trace)
	s.describe(&a.Evidence, scope, trace)
	a.Evidence.Outcome = evidence.Launched
	defer func() { s.keepJourney(scope, a.Evidence, a.Client.Launch, trace) }()
	if trace.Outcome != browser.Landed {
		why := errors.New(trace.Explanation)
		if stuck != nil {
			why = s.refused(person, target.UserRole(a.Request.Launch.User), stuck)
		}
		a.Evidence.Outcome = evidence.NotLaunched
		a.Evidence.Trouble = "the portal did not launch the app: " + s.notReached(a.Client.Launch, why)
		return false, ctx.Err()
	}
	address, err := url.Parse(trace.Landed.URL)
	if err != nil {
		return false, fmt.Errorf("the portal launched the app at an address that cannot be read: %w", err)
	}
	query := address.Query()
	maps.Copy(query, values(trace.Landed.Body)) // a portal may launch by a form post
	a.EHRLaunch = &evidence.EHRLaunch{
		Iss: query["iss"], Opened: driver.PortalPatient, OpenedEncounter: driver.Encounter, InFrame: trace.Landed.Where == browser.Iframe,
	}
	for _, value := range query["launch"] {
		a.EHRLaunch.Launch = append(a.EHRLaunch.Launch, s.Recorder.Seal("launch", value))
	}
	if _, replaced := a.Request.Set["launch"]; !replaced && len(query["launch"]) > 0 {
		a.Parameters["launch"] = query["launch"][:1]
	}
	return true, nil
}

// LaunchValue lets the EHR launch the app and returns the launch value, which is not used. An error that
// Lacking knows, or any other, says why there is none.
func (s *Session) LaunchValue(ctx context.Context, scope *record.Scope, launch evidence.Launch) (string, error) {
	a, err := s.prepare(ctx, Request{Launch: launch})
	if err != nil {
		return "", err
	}
	if err := s.present(ctx, launch); err != nil {
		return "", err
	}
	role := target.UserRole(launch.User)
	person, err := s.meet(ctx, role, false)
	if err != nil {
		return "", err
	}
	launched, err := s.launchFromPortal(ctx, scope, person, &a)
	s.part(role, person, launched)
	switch value := a.Parameters.Get("launch"); {
	case err != nil:
		return "", err
	case !launched:
		return "", errors.New(a.Evidence.Trouble)
	case value == "":
		return "", errors.New("the EHR launched the app without a launch value")
	default:
		return value, nil
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// opened returns the id of the patient whose record the portal opens, as far as the target file knows.
func (s *Session) opened(l evidence.Launch) string {
	return s.Config.Users[target.UserRole(l.User)].Patient
}
