package ehr

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestShelfForgetsWhatIsOld(t *testing.T) {
	g := NewWithT(t)
	c := newClock()
	s := newShelf[int](c.Now, time.Minute, 10)
	s.put("a", 1)
	c.advance(59 * time.Second)
	s.put("b", 2)
	_, ok := s.get("a")
	g.Expect(ok).To(BeTrue())
	c.advance(time.Second)
	_, ok = s.get("a")
	g.Expect(ok).To(BeFalse())
	g.Expect(s.values()).To(Equal([]int{2}))
	g.Expect(s.claim("a", 3)).To(BeTrue(), "an expired key is free")
	g.Expect(s.claim("a", 4)).To(BeFalse())
}

func TestShelfIsBounded(t *testing.T) {
	g := NewWithT(t)
	s := newShelf[int](time.Now, time.Hour, 3)
	for i := range 100 {
		s.put(fmt.Sprint(i), i)
	}
	g.Expect(s.values()).To(Equal([]int{97, 98, 99}))
	g.Expect(s.byKey).To(HaveLen(3))
	s.put("98", -98)
	g.Expect(s.values()).To(Equal([]int{97, 99, -98}))
}

func TestShelfGivesAValueToOneTaker(t *testing.T) {
	g := NewWithT(t)
	s := newShelf[int](time.Now, time.Hour, 3)
	s.put("a", 1)
	var got atomic.Int32
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, ok := s.take("a"); ok {
				got.Add(1)
			}
		})
	}
	wait.Wait()
	g.Expect(got.Load()).To(Equal(int32(1)))
}
