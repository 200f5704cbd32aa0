package activitypub

import "hash/maphash"

// recent remembers the latest texts that it was given: at least size of them and at
// most twice as many, however long they are.
type recent struct {
	size       int
	seed       maphash.Seed
	young, old map[uint64]struct{}
}

func newRecent(size int) *recent {
	return &recent{size: size, seed: maphash.MakeSeed(), young: map[uint64]struct{}{}}
}

func (r *recent) has(s string) bool {
	key := maphash.String(r.seed, s)
	_, young := r.young[key]
	_, old := r.old[key]
	return young || old
}

// add remembers s, and reports whether it is new.
func (r *recent) add(s string) bool {
	isNew := !r.has(s)
	if len(r.young) >= r.size {
		r.old, r.young = r.young, map[uint64]struct{}{}
	}
	r.young[maphash.String(r.seed, s)] = struct{}{}
	return isNew
}
