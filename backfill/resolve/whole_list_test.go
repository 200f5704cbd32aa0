package resolve

import (
	"fmt"
	"testing"
	"time"

	"tootfill/backfill/fediverse"
)

// Where nothing that home holds may be asked for again, no order of asking hides a
// post, and the list is read through once at most.
func TestExactHeldWalk(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, dated := range []bool{true, false} {
		for _, undated := range []bool{true, false} {
			list := &heldList{top: top, n: 1000, dated: dated}
			w := newHeldWalk(list, fediverse.Account{})
			w.exact = true
			for n := range 400 {
				i := n * 617 % 1000
				published := list.at(i).CreatedAt
				if undated {
					published = time.Time{}
				}
				if got, err := w.holds(t.Context(), list.at(i).URI, published); err != nil || !got {
					t.Fatalf("dated %v, undated %v: post %d is not found: %v", dated, undated, i, err)
				}
				if got, err := w.holds(t.Context(), fmt.Sprint("missing/", i), published); err != nil || got {
					t.Fatalf("dated %v, undated %v: a missing post is found: %v", dated, undated, err)
				}
			}
			if most := 1000/heldPageSize + 4; (!dated || undated) && list.calls > most {
				t.Errorf("dated %v, undated %v: %d pages read, want at most %d", dated, undated, list.calls, most)
			}
		}
	}
}
