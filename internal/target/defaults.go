package target

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"time"
)

// WithDefaults returns the configuration with every default filled in. It changes nothing that is
// set, and shares no map with c.
func (c Config) WithDefaults() Config {
	c.Version = cmp.Or(c.Version, 1)
	c.Spec = cmp.Or(c.Spec, "2.2.0")
	c.Concurrency = cmp.Or(c.Concurrency, 4)
	c.SampleCodes = cmp.Or(c.SampleCodes, 10)
	c.Timeouts.Request = cmp.Or(c.Timeouts.Request, 30*time.Second)
	c.Timeouts.Page = cmp.Or(c.Timeouts.Page, 10*time.Second)
	c.Timeouts.Journey = cmp.Or(c.Timeouts.Journey, 90*time.Second)
	c.Timeouts.TokenExpiry = cmp.Or(c.Timeouts.TokenExpiry, 10*time.Second)
	c.Timeouts.Revocation = cmp.Or(c.Timeouts.Revocation, 3*time.Second)
	if base, err := url.Parse(c.FHIR); c.Name == "" && err == nil {
		c.Name = base.Host
	}
	c.Data = c.Data.withDefaults()

	letters := ".rs"
	if c.Spec == "1.0.0" {
		letters = ".read"
	}
	c.Scopes = cloned(c.Scopes)
	for role, context := range map[UserRole]string{Patient: "patient/", Clinician: "user/"} {
		if len(c.Scopes[role]) == 0 {
			c.Scopes[role] = []string{"openid", "fhirUser", "offline_access",
				context + "Patient" + letters, context + c.Data.Resource + letters}
		}
	}

	if !c.JWKS.IsZero() {
		c.JWKS.MaxAge = cmp.Or(c.JWKS.MaxAge, time.Second)
		if len(c.JWKS.Client.Scopes) == 0 {
			c.JWKS.Client.Scopes = []string{"system/" + c.Data.Resource + letters}
		}
	}

	c.Clients = cloned(c.Clients)
	if client, ok := c.Clients[Symmetric]; ok {
		client.Auth = cmp.Or(client.Auth, AuthBasic)
		c.Clients[Symmetric] = client
	}
	if client, ok := c.Clients[Backend]; ok && len(client.Scopes) == 0 {
		client.Scopes = []string{"system/" + c.Data.Resource + letters}
		c.Clients[Backend] = client
	}
	return c
}

func (d Data) withDefaults() Data {
	d.Resource = cmp.Or(d.Resource, "Observation")
	if d.OtherResource == "" {
		others := []string{"Condition", "Observation"}
		d.OtherResource = others[slices.IndexFunc(others, func(s string) bool { return s != d.Resource })]
	}
	if d.Granular == (Granular{}) && d.Resource == "Observation" {
		const system = "http://terminology.hl7.org/CodeSystem/observation-category|"
		d.Granular = Granular{Parameter: "category", Value: system + "laboratory", Other: system + "vital-signs"}
	}
	return d
}

func cloned[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
