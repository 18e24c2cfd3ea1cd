package session

import (
	"context"
	"errors"
	"sync"
)

// memo makes each value once, whoever asks first, and hands it to everybody who asks for the same key.
type memo[T any] struct {
	mu    sync.Mutex
	calls map[string]*call[T]
}

type call[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// errUnmade is what others get who wait for a value while the one who makes it panics.
var errUnmade = errors.New("what this depends on broke while it was made")

// get returns the value of key, calling produce for it when nobody has asked before. An error is kept
// like a value, unless it comes from the end of the context of whoever asked first: then the next one who
// asks tries again.
func (m *memo[T]) get(ctx context.Context, key string, produce func(context.Context) (T, error)) (T, error) {
	for {
		c, first := m.call(key)
		if first {
			m.make(ctx, key, c, produce)
			return c.value, c.err
		}
		if err := c.wait(ctx); err != nil {
			var zero T
			return zero, err
		}
		if m.kept(key, c) || ctx.Err() != nil {
			return c.value, c.err
		}
	}
}

// wait returns when somebody else has made the value.
func (c *call[T]) wait(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	default:
	}
	defer waiting(ctx, forOther)()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call returns the call for key, and whether it is the first.
func (m *memo[T]) call(key string) (c *call[T], first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, asked := m.calls[key]; asked {
		return c, false
	}
	if m.calls == nil {
		m.calls = map[string]*call[T]{}
	}
	c = &call[T]{done: make(chan struct{}), err: errUnmade}
	m.calls[key] = c
	return c, true
}

// make produces the value. A panic passes through to whoever asked first.
func (m *memo[T]) make(ctx context.Context, key string, c *call[T], produce func(context.Context) (T, error)) {
	defer close(c.done)
	c.value, c.err = produce(ctx)
	if c.err != nil && ctx.Err() != nil {
		m.mu.Lock()
		delete(m.calls, key)
		m.mu.Unlock()
	}
}

// kept reports whether c is still the call for key.
func (m *memo[T]) kept(key string, c *call[T]) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[key] == c
}
