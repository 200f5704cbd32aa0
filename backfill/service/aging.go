package service

import (
	"container/list"
	"time"
)

// aging is a map that forgets: what is older than an age, and the oldest if there is
// too much.
type aging[K comparable, V any] struct {
	most  int
	age   time.Duration
	all   map[K]*list.Element
	order list.List // the oldest first
}

type aged[K comparable, V any] struct {
	key   K
	value V
	since time.Time
}

func newAging[K comparable, V any](most int, age time.Duration) *aging[K, V] {
	return &aging[K, V]{most: most, age: age, all: make(map[K]*list.Element)}
}

// get returns what is known of a key, and since when.
func (m *aging[K, V]) get(key K, now time.Time) (value V, since time.Time, ok bool) {
	element, ok := m.all[key]
	if !ok {
		return value, since, false
	}
	found := element.Value.(*aged[K, V])
	if m.isOld(found.since, now) {
		m.drop(key)
		return value, since, false
	}
	return found.value, found.since, true
}

// isOld reports whether something has come of age. If the clock was set back, nobody
// knows how old it is.
func (m *aging[K, V]) isOld(since, now time.Time) bool {
	age := now.Sub(since)
	return age < 0 || age >= m.age
}

// put notes something about a key.
func (m *aging[K, V]) put(key K, value V, now time.Time) {
	m.drop(key)
	m.all[key] = m.order.PushBack(&aged[K, V]{key, value, now})
	for first := m.order.Front(); first != nil; first = m.order.Front() {
		oldest := first.Value.(*aged[K, V])
		if len(m.all) <= m.most && !m.isOld(oldest.since, now) {
			return
		}
		m.drop(oldest.key)
	}
}

func (m *aging[K, V]) drop(key K) {
	if element, ok := m.all[key]; ok {
		m.order.Remove(element)
		delete(m.all, key)
	}
}

func (m *aging[K, V]) len() int { return len(m.all) }
