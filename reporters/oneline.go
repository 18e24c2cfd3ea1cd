package reporters

// OneLine makes hostile text safe for one line of a terminal: it is cut, line ends become spaces, and whatever
// steers a terminal or hides text is written as an escape such as \x1b.
func OneLine(s string) string { return oneLine(s) }
