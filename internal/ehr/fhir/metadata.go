package fhir

// oauthURIs is the extension in which metadata names the OAuth endpoints (SMART App Launch,
// conformance, "Declaring support for OAuth2 endpoints").
const oauthURIs = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

// capabilityStatement is the answer at metadata: a CapabilityStatement, or the Conformance of DSTU2.
func (s *server) capabilityStatement() resource {
	rest := object{"mode": "server", "security": s.security(), "resource": s.resources()}
	if s.release.full {
		rest["interaction"] = list{object{"code": "batch"}, object{"code": "transaction"}}
		rest["compartment"] = list{"http://hl7.org/fhir/CompartmentDefinition/patient"}
	}
	statement := object{
		"resourceType": s.release.capability, "status": "active", "date": "2025-01-15", "kind": "instance",
		"publisher":      "smartcheck",
		"software":       object{"name": "smartcheck reference EHR"},
		"implementation": object{"description": "The reference EHR of smartcheck, with synthetic data", "url": s.Base},
		"fhirVersion":    s.release.fhirVersion, "format": list{"json", s.release.mediaType}, "rest": list{rest},
	}
	if s.release.acceptUnknown {
		statement["acceptUnknown"] = "both"
	}
	return statement
}

func (s *server) security() object {
	security := object{
		"cors":    true,
		"service": list{concept(s.release.securitySystem, "SMART-on-FHIR", "SMART-on-FHIR")},
	}
	var uris list
	for _, endpoint := range []struct{ name, url string }{
		{"authorize", s.OAuth.Authorize}, {"token", s.OAuth.Token}, {"register", s.OAuth.Register},
		{"manage", s.OAuth.Manage}, {"introspect", s.OAuth.Introspect}, {"revoke", s.OAuth.Revoke},
	} {
		if endpoint.url != "" {
			uris = append(uris, object{"url": endpoint.name, "valueUri": endpoint.url})
		}
	}
	if uris != nil {
		security["extension"] = list{object{"url": oauthURIs, "extension": uris}}
	}
	return security
}

// resources lists what the base can do with each type.
func (s *server) resources() list {
	if !s.release.full {
		return list{object{"type": "Patient", "interaction": list{object{"code": "read"}}}}
	}
	var out list
	for _, d := range definitions {
		r := object{
			"type": d.name, "versioning": "versioned", "readHistory": true, "updateCreate": true,
			"interaction": list{
				object{"code": "read"}, object{"code": "vread"}, object{"code": "history-instance"},
				object{"code": "search-type"}, object{"code": "create"}, object{"code": "update"}, object{"code": "delete"},
			},
			"searchParam": d.searchParams(),
		}
		if includes := d.includes(); includes != nil {
			r["searchInclude"] = includes
		}
		if reverse := reverseIncludes(d.name); reverse != nil {
			r["searchRevInclude"] = reverse
		}
		if d.name == "Patient" {
			r["operation"] = list{object{"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"}}
		}
		out = append(out, r)
	}
	return out
}

func (d definition) searchParams() list {
	out := list{object{"name": "_id", "type": string(tokenKind)}}
	for _, p := range d.parameters {
		out = append(out, object{"name": p.name, "type": string(p.kind)})
	}
	return out
}

func (d definition) includes() list {
	var out list
	for _, p := range d.parameters {
		if p.kind == referenceKind {
			out = append(out, d.name+":"+p.name)
		}
	}
	return out
}

// reverseIncludes lists the parameters by which other resources can be found that refer to a type.
func reverseIncludes(kind string) list {
	var out list
	for _, d := range definitions {
		for _, p := range d.parameters {
			if p.kind == referenceKind && refersTo[p.name] == kind {
				out = append(out, d.name+":"+p.name)
			}
		}
	}
	return out
}
