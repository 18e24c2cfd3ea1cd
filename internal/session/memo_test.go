package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
)

func TestMemoMakesEachValueOnce(t *testing.T) {
	g := NewWithT(t)
	var m memo[int]
	var calls atomic.Int64
	var wait sync.WaitGroup
	results := make([]int, 50)
	for i := range results {
		wait.Go(func() {
			results[i], _ = m.get(t.Context(), "key", func(context.Context) (int, error) { return int(calls.Add(1)), nil })
		})
	}
	wait.Wait()
	g.Expect(results).To(HaveEach(1))
	other, err := m.get(t.Context(), "other", func(context.Context) (int, error) { return int(calls.Add(1)), nil })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(other).To(Equal(2), "another key has a value of its own")
}

func TestMemoKeepsErrors(t *testing.T) {
	g := NewWithT(t)
	var m memo[int]
	calls := 0
	refused := errors.New("refused")
	for range 3 {
		_, err := m.get(t.Context(), "", func(context.Context) (int, error) { calls++; return 0, refused })
		g.Expect(err).To(Equal(refused))
	}
	g.Expect(calls).To(Equal(1), "a server that fails is not asked again and again")
}

// TestMemoOutlivesTheContextOfTheFirst ends the context of whoever asked first, while another waits.
func TestMemoOutlivesTheContextOfTheFirst(t *testing.T) {
	g := NewWithT(t)
	var m memo[string]
	began, second := make(chan struct{}), make(chan string)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := m.get(ctx, "", func(ctx context.Context) (string, error) {
			close(began)
			<-ctx.Done()
			return "", ctx.Err()
		})
		first <- err
	}()
	<-began
	go func() {
		value, _ := m.get(t.Context(), "", func(context.Context) (string, error) { return "made again", nil })
		second <- value
	}()
	cancel()
	g.Expect(<-first).To(MatchError(context.Canceled))
	g.Expect(<-second).To(Equal("made again"))
}

func TestMemoWaitsNoLongerThanItsContext(t *testing.T) {
	g := NewWithT(t)
	var m memo[int]
	began, finish := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = m.get(t.Context(), "", func(context.Context) (int, error) { close(began); <-finish; return 1, nil })
	}()
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.get(ctx, "", func(context.Context) (int, error) { panic("it is being made already") })
	g.Expect(err).To(MatchError(context.Canceled))
	close(finish)
	<-done
}

// TestMemoOfAPanic gives nobody a value that was never made.
func TestMemoOfAPanic(t *testing.T) {
	g := NewWithT(t)
	var m memo[int]
	g.Expect(func() {
		_, _ = m.get(t.Context(), "", func(context.Context) (int, error) { panic("broken") })
	}).To(PanicWith("broken"))
	_, err := m.get(t.Context(), "", func(context.Context) (int, error) { return 1, nil })
	g.Expect(err).To(MatchError(errUnmade))
}
