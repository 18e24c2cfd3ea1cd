package faults

// Defects of User-access Brands.
var (
	BrandsUnlinked            = Fault{"brands-unlinked", "publishes brands, but its SMART configuration does not say where", []string{"brands.linked"}}
	BrandsLinkRelative        = Fault{"brands-link-relative", "writes the address of the brand bundle as a path", []string{"brands.linked"}}
	BrandsIdentifierUnlisted  = Fault{"brands-identifier-unlisted", "links a bundle of several brands and does not say which is its own", []string{"brands.identifier-listed", "brands.identifier-required"}}
	BrandsIdentifierBare      = Fault{"brands-identifier-bare", "identifies its primary brand by a value without a system", []string{"brands.identifier-system"}}
	BrandsPrimaryUnknown      = Fault{"brands-primary-unknown", "writes the identifier of the primary brand with www. in one place and without in the other", []string{"brands.primary"}}
	BrandsPrimaryTwice        = Fault{"brands-primary-twice", "gives an affiliate the identifier of its parent, too", []string{"brands.primary"}}
	BrandsAllCustomers        = Fault{"brands-all-customers", "links the list of all customers of the vendor", []string{"brands.affiliated"}}
	BrandsOwnEndpointOld      = Fault{"brands-own-endpoint-old", "publishes the address that its FHIR base had before a move", []string{"brands.own-endpoint"}}
	BrandsEndpointGone        = Fault{"brands-endpoint-gone", "publishes an endpoint as active that was taken down", []string{"brands.endpoint-discovery"}}
	BrandsNeedToken           = Fault{"brands-need-token", "demands an access token for the brand bundle", []string{"brands.public"}}
	BrandsMissing             = Fault{"brands-missing", "links a brand bundle that is not there", []string{"brands.public"}}
	BrandsSignInPage          = Fault{"brands-sign-in-page", "answers requests for the brand bundle with its sign-in page", []string{"brands.collection"}}
	BrandsSearchset           = Fault{"brands-searchset", "publishes the answer of a search as its brand bundle", []string{"brands.collection"}}
	BrandsMetaBare            = Fault{"brands-meta-bare", "writes a meta element without lastUpdated", []string{"brands.collection"}}
	BrandsTimestampMissing    = Fault{"brands-timestamp-missing", "publishes the brand bundle without a timestamp", []string{"brands.timestamp"}}
	BrandsTimestampDate       = Fault{"brands-timestamp-date", "writes a date instead of an instant", []string{"brands.timestamp"}}
	BrandsTimestampFuture     = Fault{"brands-timestamp-future", "writes when the bundle will expire instead of when it was changed", []string{"brands.timestamp"}}
	BrandsTimestampStale      = Fault{"brands-timestamp-stale", "leaves the timestamp as it is when an entry changes", []string{"brands.timestamp"}}
	BrandsEntryUpdatedSome    = Fault{"brands-entry-updated-some", "tells of brands when they were changed, and not of endpoints", []string{"brands.entry-updated"}}
	BrandsEntryTwice          = Fault{"brands-entry-twice", "lists an endpoint once for each brand", []string{"brands.entries-unique"}}
	BrandsEndpointOrphaned    = Fault{"brands-endpoint-orphaned", "publishes an endpoint that belongs to no brand", []string{"brands.endpoints-branded"}}
	BrandsEndpointDangling    = Fault{"brands-endpoint-dangling", "removes an endpoint and keeps the reference to it", []string{"brands.references"}}
	BrandsParentDangling      = Fault{"brands-parent-dangling", "filters a parent brand out of the bundle", []string{"brands.references"}}
	BrandsPortalEndpointsOnly = Fault{"brands-portal-endpoints-only", "lists endpoints with the portal alone", []string{"brands.portal-endpoints"}}
	BrandsThreeLevels         = Fault{"brands-three-levels", "makes a practice part of a clinic that does not offer access itself", []string{"brands.hierarchy"}}
	BrandsParentCircle        = Fault{"brands-parent-circle", "lets two brands be part of each other", []string{"brands.hierarchy"}}
	BrandsNameMissing         = Fault{"brands-name-missing", "publishes a brand with aliases and without a name", []string{"brands.name"}}
	BrandsWebsiteMissing      = Fault{"brands-website-missing", "leaves the website out where it has none", []string{"brands.website"}}
	BrandsTelecomTwice        = Fault{"brands-telecom-twice", "lists a telephone number beside the website", []string{"brands.website"}}
	BrandsWebsitePath         = Fault{"brands-website-path", "identifies brands by the address of a page", []string{"brands.website-identifier"}}
	BrandsCategoryMisspelt    = Fault{"brands-category-misspelt", "invents a code for a category", []string{"brands.categories"}}
	BrandsDetailsOutdated     = Fault{"brands-details-outdated", "writes elements of a draft of the extension", []string{"brands.details"}}
	BrandsPortalURLString     = Fault{"brands-portal-url-string", "writes the address of the portal as a string", []string{"brands.portals"}}
	BrandsPortalNameTwice     = Fault{"brands-portal-name-twice", "writes two names into one portal", []string{"brands.portals"}}
	BrandsLogoRelative        = Fault{"brands-logo-relative", "writes the address of a logo as a path", []string{"brands.logos"}}
	BrandsLogoSmall           = Fault{"brands-logo-small", "publishes the banner of its website as the logo", []string{"brands.logo-format"}}
	BrandsLogoMissing         = Fault{"brands-logo-missing", "links a logo that is not there", []string{"brands.logo-served"}}
	BrandsAddressBare         = Fault{"brands-address-bare", "writes the address of an endpoint without its scheme", []string{"brands.endpoint-address"}}
	BrandsVersionName         = Fault{"brands-version-name", "writes R4 where the number of the version belongs", []string{"brands.endpoint-version"}}
	BrandsVersionMissing      = Fault{"brands-version-missing", "does not tell the version of FHIR of an endpoint", []string{"brands.endpoint-version"}}
	BrandsConnectionOutdated  = Fault{"brands-connection-outdated", "names the code system of connection types by its address in STU3", []string{"brands.endpoint-type"}}
	BrandsContactEmail        = Fault{"brands-contact-email", "gives developers a mail address instead of a website", []string{"brands.endpoint-contact"}}
	BrandsAbsentUnsupported   = Fault{"brands-absent-unsupported", "gives unsupported as the reason why data are absent", []string{"brands.absent-reasons"}}
	BrandsAbsentFilled        = Fault{"brands-absent-filled", "keeps the reason why a website was absent when it is filled in", []string{"brands.absent-data"}}
	BrandsCORSClosed          = Fault{"brands-cors-closed", "serves the brand bundle without CORS headers", []string{"brands.cors", "brands.cors-preflight"}}
	BrandsCORSEntriesClosed   = Fault{"brands-cors-entries-closed", "serves single brands without CORS headers", []string{"brands.cors"}}
	BrandsPreflightUnknown    = Fault{"brands-preflight-unknown", "does not know OPTIONS at the brand bundle", []string{"brands.cors-preflight"}}
	BrandsETagMissing         = Fault{"brands-etag-missing", "sends the brand bundle without an ETag", []string{"brands.etag"}}
	BrandsETagStrong          = Fault{"brands-etag-strong", "sends a strong ETag", []string{"brands.etag"}}
	BrandsIfNoneMatchIgnored  = Fault{"brands-if-none-match-ignored", "sends the whole bundle again whatever If-None-Match says", []string{"brands.revalidation"}}
)

var brands = []Fault{
	BrandsUnlinked, BrandsLinkRelative, BrandsIdentifierUnlisted, BrandsIdentifierBare, BrandsPrimaryUnknown, BrandsPrimaryTwice,
	BrandsAllCustomers, BrandsOwnEndpointOld, BrandsEndpointGone, BrandsNeedToken, BrandsMissing, BrandsSignInPage,
	BrandsSearchset, BrandsMetaBare, BrandsTimestampMissing, BrandsTimestampDate, BrandsTimestampFuture, BrandsTimestampStale,
	BrandsEntryUpdatedSome, BrandsEntryTwice, BrandsEndpointOrphaned, BrandsEndpointDangling, BrandsParentDangling,
	BrandsPortalEndpointsOnly, BrandsThreeLevels, BrandsParentCircle, BrandsNameMissing, BrandsWebsiteMissing,
	BrandsTelecomTwice, BrandsWebsitePath, BrandsCategoryMisspelt, BrandsDetailsOutdated, BrandsPortalURLString,
	BrandsPortalNameTwice, BrandsLogoRelative, BrandsLogoSmall, BrandsLogoMissing, BrandsAddressBare, BrandsVersionName,
	BrandsVersionMissing, BrandsConnectionOutdated, BrandsContactEmail, BrandsAbsentUnsupported, BrandsAbsentFilled,
	BrandsCORSClosed, BrandsCORSEntriesClosed, BrandsPreflightUnknown, BrandsETagMissing, BrandsETagStrong,
	BrandsIfNoneMatchIgnored,
}
