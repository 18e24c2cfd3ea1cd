package progress

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// How often a board is shown.
const (
	onTerminal = 250 * time.Millisecond
	inLog      = 15 * time.Second
)

// Shown is a board that is being shown.
type Shown struct {
	board  *Board
	w      io.Writer
	screen *Screen // nil when w is no terminal

	mu    sync.Mutex // of the screen, or of w
	end   context.CancelFunc
	ended sync.WaitGroup
}

// Show shows the board on w until Finish is called. When ctx ends before, it says that the run is ending.
func Show(ctx context.Context, w io.Writer, board *Board) *Shown {
	s := &Shown{board: board, w: w, screen: NewScreen(w)}
	every := inLog
	if s.screen != nil {
		every = onTerminal
	}
	shown, end := context.WithCancel(context.WithoutCancel(ctx))
	s.end = end
	s.ended.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-shown.Done():
				return
			case <-ticker.C:
				s.show(ctx)
			}
		}
	})
	return s
}

// show shows the board once. A view that cannot be drawn is no reason to end a run.
func (s *Shown) show(ctx context.Context) {
	state := s.board.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.screen == nil {
		fmt.Fprintln(s.w, state.line())
		return
	}
	lines := state.view(s.screen.room(), s.screen.style)
	if ctx.Err() != nil {
		lines = append(lines[:1], "  interrupted; waiting for the probes to end")
	}
	_ = s.screen.Draw(nil, lines)
}

// Say writes a line for the person at the terminal, which stays.
func (s *Shown) Say(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.screen == nil {
		fmt.Fprintln(s.w, line)
		return
	}
	_ = s.screen.Draw([]string{line}, s.screen.drawn)
}

// Finish ends the showing and takes the view away.
func (s *Shown) Finish() {
	s.end()
	s.ended.Wait()
	if s.screen != nil {
		_ = s.screen.Clear()
	}
}
