package session

import (
	"context"
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

// get returns the value of key, calling produce for it when nobody has asked before.
func (m *memo[T]) get(ctx context.Context, key string, produce func(context.Context) (T, error)) (T, error) {
	m.mu.Lock()
	if m.calls == nil {
		m.calls = map[string]*call[T]{}
	}
	c, asked := m.calls[key]
	if !asked {
		c = &call[T]{done: make(chan struct{})}
		m.calls[key] = c
	}
	m.mu.Unlock()
	if asked {
		select {
		case <-c.done:
			return c.value, c.err
		case <-ctx.Done():
			var zero T
			return zero, ctx.Err()
		}
	}
	defer close(c.done)
	c.value, c.err = produce(ctx)
	return c.value, c.err
}
