package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// secondSignal returns a context that ends when somebody asks the program for the second time to end: the first time
// ends the run, which still waits for the server to close what was opened there.
func secondSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(signals)
		for range 2 {
			select {
			case <-signals:
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
	return ctx, cancel
}
