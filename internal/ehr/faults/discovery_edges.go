package faults

// Defects of how the SMART configuration is served to requests that few clients make.
var (
	ConfigurationTokenChecked   = Fault{"configuration-token-checked", "looks at the access token that somebody sends to discovery", []string{"discovery.any-authorization"}}
	ConfigurationHeadRefused    = Fault{"configuration-head-refused", "knows no HEAD at the well-known path", []string{"discovery.head"}}
	ConfigurationETagIdle       = Fault{"configuration-etag-idle", "sends an ETag with the SMART configuration and never looks at one", []string{"discovery.not-modified"}}
	ConfigurationAlwaysGzip     = Fault{"configuration-always-gzip", "compresses the SMART configuration for everybody", []string{"discovery.content-coding"}}
	ConfigurationQueryRefused   = Fault{"configuration-query-refused", "answers 400 to a query parameter at the well-known path", []string{"discovery.address-variants"}}
	SiblingConfigurationMissing = Fault{"sibling-configuration-missing", "serves no SMART configuration under its second FHIR base", []string{"discovery.sibling-base"}}
	SiblingConfigurationOld     = Fault{"sibling-configuration-old", "names the token endpoint of an old host under its second FHIR base", []string{"discovery.siblings-agree"}}
)

var discoveryEdges = []Fault{
	ConfigurationTokenChecked, ConfigurationHeadRefused, ConfigurationETagIdle, ConfigurationAlwaysGzip,
	ConfigurationQueryRefused, SiblingConfigurationMissing, SiblingConfigurationOld,
}
