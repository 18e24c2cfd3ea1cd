package faults

// Defects of transport security.
var tls = []Fault{}
