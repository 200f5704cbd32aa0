package backfill

import (
	"errors"
	"slices"
	"sync"

	"tootfill/backfill/fediverse"
)

// isLedgerAway reports whether an error says that the ledger's database is away: without
// it nothing can be done.
func isLedgerAway(err error) bool {
	var away *UnavailableError
	return errors.As(err, &away) && away.Ledger
}

// unrecorded are the posts whose outcome is known and could not be recorded, by their
// accounts.
type unrecorded struct {
	mu    sync.Mutex
	of    map[fediverse.Handle][]string
	order []fediverse.Handle
}

func (u *unrecorded) add(h fediverse.Handle, posts []KnownPost) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil {
		u.of = make(map[fediverse.Handle][]string)
	}
	if _, known := u.of[h]; !known {
		u.order = append(u.order, h)
	}
	for _, k := range posts {
		u.of[h] = append(u.of[h], k.URI)
	}
}

// all returns them in the order in which the accounts came.
func (u *unrecorded) all() (all []Unrecorded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, h := range u.order {
		all = append(all, Unrecorded{Account: h, URIs: slices.Clone(u.of[h])})
	}
	return all
}

// tellUnrecorded tells which outcomes the ledger does not know.
func (s *session) tellUnrecorded() {
	for _, u := range s.unrecorded.all() {
		s.tell(u)
	}
}
