package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// waitingEvery is how often a run that is not on a terminal says what it waits for.
const waitingEvery = 15 * time.Second

// probing shows on standard error how far a run is: a bar on a terminal, and else a line every while.
type probing struct {
	w   io.Writer
	bar *progressbar.ProgressBar

	mu      sync.Mutex
	running []string
	done    int
	stop    chan struct{}
	ended   sync.WaitGroup
}

func newProbing(w io.Writer, what string) *probing {
	p := &probing{w: w, stop: make(chan struct{})}
	fmt.Fprintln(w, what)
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetDescription("probing"), progressbar.OptionShowCount())
		return p
	}
	p.ended.Go(p.report)
	return p
}

// probe is told of a probe when it starts and when it ends.
func (p *probing) probe(kind string, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !done {
		p.running = append(p.running, kind)
		return
	}
	p.done++
	p.running = slices.DeleteFunc(p.running, func(k string) bool { return k == kind })
	if p.bar != nil {
		_ = p.bar.Add(1) // a bar that cannot be drawn is no reason to end a run
	}
}

// report says every while how many probes have ended and which are running.
func (p *probing) report() {
	ticker := time.NewTicker(waitingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			p.mu.Lock()
			fmt.Fprintf(p.w, "%d probes done, waiting for %s\n", p.done, strings.Join(p.running, ", "))
			p.mu.Unlock()
		}
	}
}

func (p *probing) finish() {
	close(p.stop)
	p.ended.Wait()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
