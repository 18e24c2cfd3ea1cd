package faults

// Defects of the OpenID configuration and of the key set.
var openIDDiscovery = []Fault{}
