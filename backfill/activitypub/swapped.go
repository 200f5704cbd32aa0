package activitypub

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// swappedError says that a page lists posts newer than its cursor instead of older
// ones. Misskey before June 2025 mixed up its two cursors
// (ActivityPubServerService.ts, getUserNotesFromDb; misskey-dev/misskey#16176),
// and forks still do: every page after the first is in ascending order, and the
// walk ends long before the posts do.
type swappedError struct{ address string }

func (e *swappedError) Error() string {
	return fmt.Sprintf("outbox: the page %.200q lists newer posts instead of older ones", e.address)
}

// isSwapped reports whether the page at an address is swapped. before is the bottom
// of the previous page, or zero if that is not known.
func isSwapped(address string, before time.Time, entries []entry) bool {
	if swapped, known := aboveCursor(address, entries); known {
		return swapped
	}
	if before.IsZero() {
		return false
	}
	newest, oldest := span(entries)
	return !oldest.IsZero() && oldest.After(before) && newest.After(oldest) && inOrder(entries, time.Time.Before)
}

// aboveCursor reports whether all entries are above the id in Misskey's cursor,
// until_id. Misskey's ids, of whatever kind, sort by time
// (packages/backend/src/misc/id).
func aboveCursor(address string, entries []entry) (above, known bool) {
	u, err := url.Parse(address)
	if err != nil {
		return false, false
	}
	until := u.Query().Get("until_id")
	if until == "" {
		return false, false
	}
	for _, e := range entries {
		id := noteID(e.mark)
		if len(id) != len(until) {
			return false, false
		}
		if id <= until {
			return false, true
		}
	}
	return len(entries) > 0, len(entries) > 0
}

// noteID is the id in https://host/notes/ID/activity.
func noteID(mark string) string {
	_, rest, found := strings.Cut(mark, "/notes/")
	if !found {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// span returns the newest and the oldest date among entries; zero if there is none.
func span(entries []entry) (newest, oldest time.Time) {
	for _, e := range entries {
		if e.post == nil || e.post.Published.IsZero() {
			continue
		}
		if t := e.post.Published; newest.IsZero() {
			newest, oldest = t, t
		} else if t.After(newest) {
			newest = t
		} else if t.Before(oldest) {
			oldest = t
		}
	}
	return newest, oldest
}

// bottom is the oldest date of a page that runs from newest to oldest, and zero for
// any other: a listing that is odd from its top is not swapped.
func bottom(entries []entry) time.Time {
	newest, oldest := span(entries)
	if !newest.After(oldest) || !inOrder(entries, time.Time.After) {
		return time.Time{}
	}
	return oldest
}

// inOrder reports whether no date is astray from the one above it.
func inOrder(entries []entry, astray func(below, above time.Time) bool) bool {
	var above time.Time
	for _, e := range entries {
		if e.post == nil || e.post.Published.IsZero() {
			continue
		}
		if !above.IsZero() && astray(e.post.Published, above) {
			return false
		}
		above = e.post.Published
	}
	return true
}
