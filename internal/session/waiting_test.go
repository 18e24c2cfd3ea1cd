package session

import (
	"context"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

// TestWaitsAreTold takes the only slot, lets somebody wait for it, and frees it.
func TestWaitsAreTold(t *testing.T) {
	g := NewWithT(t)
	told := make(chan string, 10)
	ctx := Watched(t.Context(), func(what string) func() {
		told <- what
		return func() { told <- "over" }
	})
	slots := make(chan struct{}, 1)
	g.Expect(acquire(ctx, slots, forBrowser)).To(Succeed())
	g.Expect(told).NotTo(Receive(), "who gets a slot at once does not wait")

	var wait sync.WaitGroup
	wait.Go(func() { g.Expect(acquire(ctx, slots, forBrowser)).To(Succeed()) })
	g.Eventually(told).Should(Receive(Equal(forBrowser)))
	<-slots
	g.Eventually(told).Should(Receive(Equal("over")))
	wait.Wait()

	ended, end := context.WithCancel(ctx)
	end()
	g.Expect(acquire(ended, slots, forRequest)).To(MatchError(context.Canceled))
	g.Expect(told).To(Receive(Equal(forRequest)))
	g.Expect(told).To(Receive(Equal("over")))
}

// TestWhoAsksSecondWaits asks for one value twice.
func TestWhoAsksSecondWaits(t *testing.T) {
	g := NewWithT(t)
	var m memo[int]
	told, made := make(chan string, 10), make(chan struct{})
	ctx := Watched(t.Context(), func(what string) func() {
		told <- what
		return func() { told <- "over" }
	})
	var wait sync.WaitGroup
	began := make(chan struct{})
	wait.Go(func() {
		_, _ = m.get(t.Context(), "", func(context.Context) (int, error) { close(began); <-made; return 1, nil })
	})
	<-began
	wait.Go(func() { _, _ = m.get(ctx, "", nil) })
	g.Eventually(told).Should(Receive(Equal(forOther)))
	close(made)
	g.Eventually(told).Should(Receive(Equal("over")))
	wait.Wait()
}
