package backfill

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// newest keeps the newest of the posts that it is given, up to a limit. It does not
// keep a post twice.
type newest struct {
	most  int
	posts oldestOnTop
	has   map[string]bool
}

func newNewest(most int) *newest { return &newest{most: most, has: make(map[string]bool)} }

func (n *newest) add(k KnownPost) {
	if n.has[k.URI] {
		return
	}
	n.has[k.URI] = true
	heap.Push(&n.posts, k)
	if len(n.posts) > n.most {
		delete(n.has, heap.Pop(&n.posts).(KnownPost).URI)
	}
}

// takeFrom takes out the posts that are not older than a date, newest first.
func (n *newest) takeFrom(date time.Time) []KnownPost {
	var older oldestOnTop
	for len(n.posts) > 0 && n.posts[0].Published.Before(date) {
		older = append(older, heap.Pop(&n.posts).(KnownPost))
	}
	taken := n.posts
	slices.SortFunc(taken, func(a, b KnownPost) int { return byAge(b, a) })
	for _, k := range taken {
		delete(n.has, k.URI)
	}
	n.posts = older // sorted, hence a heap
	return taken
}

// byAge sorts the older post before the newer one.
func byAge(a, b KnownPost) int {
	return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.URI, b.URI))
}

// oldestOnTop is a heap.
type oldestOnTop []KnownPost

func (h oldestOnTop) Len() int           { return len(h) }
func (h oldestOnTop) Less(i, j int) bool { return byAge(h[i], h[j]) < 0 }
func (h oldestOnTop) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *oldestOnTop) Push(k any)        { *h = append(*h, k.(KnownPost)) }
func (h *oldestOnTop) Pop() any {
	last := len(*h) - 1
	k := (*h)[last]
	*h = (*h)[:last]
	return k
}
