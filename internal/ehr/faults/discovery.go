package faults

// Defects of the SMART configuration and of how it is served.
var discovery = []Fault{}
