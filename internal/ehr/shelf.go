package ehr

import (
	"container/list"
	"sync"
	"time"
)

// shelf keeps values for a limited time and in a limited number: when it is full the oldest value goes.
// It is safe for concurrent use; the values themselves are the caller's to guard.
type shelf[V any] struct {
	now      func() time.Time
	lifetime time.Duration
	capacity int

	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // oldest first
}

type shelved[V any] struct {
	key     string
	value   V
	expires time.Time
}

func newShelf[V any](now func() time.Time, lifetime time.Duration, capacity int) *shelf[V] {
	return &shelf[V]{now: now, lifetime: lifetime, capacity: capacity, byKey: map[string]*list.Element{}, order: list.New()}
}

// put keeps value under key, in place of what was there.
func (s *shelf[V]) put(key string, value V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.place(key, value)
}

func (s *shelf[V]) place(key string, value V) {
	s.remove(key)
	s.byKey[key] = s.order.PushBack(shelved[V]{key: key, value: value, expires: s.now().Add(s.lifetime)})
	for oldest := s.order.Front(); oldest != nil; oldest = s.order.Front() {
		entry := oldest.Value.(shelved[V])
		if s.order.Len() <= s.capacity && s.now().Before(entry.expires) {
			return
		}
		s.remove(entry.key)
	}
}

// get returns the value under key unless its time is over.
func (s *shelf[V]) get(key string) (value V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live(key)
}

// take returns the value under key and removes it, so that of two callers only one gets it.
func (s *shelf[V]) take(key string) (value V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok = s.live(key)
	s.remove(key)
	return value, ok
}

// claim keeps value under key and reports true, unless a live value is there already.
func (s *shelf[V]) claim(key string, value V) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.live(key); taken {
		return false
	}
	s.place(key, value)
	return true
}

// drop removes the value under key.
func (s *shelf[V]) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(key)
}

// values returns every live value, oldest first.
func (s *shelf[V]) values() []V {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []V
	for e := s.order.Front(); e != nil; e = e.Next() {
		if entry := e.Value.(shelved[V]); s.now().Before(entry.expires) {
			out = append(out, entry.value)
		}
	}
	return out
}

func (s *shelf[V]) live(key string) (value V, ok bool) {
	e, found := s.byKey[key]
	if !found {
		return value, false
	}
	entry := e.Value.(shelved[V])
	if !s.now().Before(entry.expires) {
		return value, false
	}
	return entry.value, true
}

func (s *shelf[V]) remove(key string) {
	if e, found := s.byKey[key]; found {
		s.order.Remove(e)
		delete(s.byKey, key)
	}
}
