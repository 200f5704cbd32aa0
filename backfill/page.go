package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// Page is one page of a listing, newest post first.
type Page struct {
	// Items is how many entries the page had, of any kind.
	Items int
	// Total is how many entries the origin claims for the whole listing; 0 if it
	// claims nothing. It is good only for an estimate.
	Total int
	// Posts are the entries that are posts or boosts; others are left out.
	Posts []fediverse.Post
	// Marks are the ids of all entries of the page, whatever their kind: a later
	// walk recognises by them where an earlier one began.
	Marks []string
	// Next is the cursor of the next page; empty at the end.
	Next string
	// Tag stands for a top page as it is now; see Listing. It is empty for any other
	// page, and if the origin offers nothing of the kind.
	Tag string
}

// HeldPost is a post of an account that the home server has.
type HeldPost struct {
	URI       string
	CreatedAt time.Time
}

// HeldPage is one page of what home holds of an account, newest first.
type HeldPage struct {
	Posts []HeldPost
	// Next is the cursor of the next page; empty at the end.
	Next string
}
