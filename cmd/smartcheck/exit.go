package main

import "fmt"

// exitError is an error that decides the exit code of the program.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

// fail returns an error that ends the program with that exit code, one of reporters.ExitCodes.
func fail(code int, format string, args ...any) error {
	return exitError{code: code, err: fmt.Errorf(format, args...)}
}
