package backfill

import (
	"slices"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// The order of a listing is judged after enoughPages with enoughDates, and
	// after mostPages at the latest. Less may be a pinned post above the others.
	enoughPages = 2
	enoughDates = 16
	mostPages   = 8
	// enoughSteps is how many steps from date to date it takes to show that there
	// is no order.
	enoughSteps = 6
)

// listingOrder is the order of the posts in a listing. ActivityPub wants the newest
// first (section 5.1), but some origins, mostly made of a few files, list the
// oldest first or in no order at all.
type listingOrder int

const (
	// orderUnknown: not enough has been read.
	orderUnknown listingOrder = iota
	newestFirst
	oldestFirst
	unordered
)

// orderJudge judges by dates. It compares the middle of one page with that of the
// next, so that a post out of place does not mislead it, and checks whether the
// entries of a page are in any order at all.
type orderJudge struct {
	// order is the judgement; it stands for the whole walk.
	order listingOrder
	// middles are the middle dates of the pages.
	middles []time.Time
	// dated counts the dates; rises and falls those that are newer, or older,
	// than the one above them.
	dated, rises, falls int
}

func (j *orderJudge) is(o listingOrder) bool { return j.order == o }

// conclude has the judge make up its mind.
func (j *orderJudge) conclude() {
	if j.order == orderUnknown {
		j.judge()
	}
}

// see takes in the posts of a page. last says that the listing ends with it.
func (j *orderJudge) see(posts []fediverse.Post, last bool) {
	if j.order != orderUnknown {
		return
	}
	dates := make([]time.Time, 0, len(posts))
	for _, p := range posts {
		dates = append(dates, p.Published)
	}
	j.note(dates)
	switch {
	case len(posts) > 0 && j.dated == 0:
		j.order = newestFirst // without dates, it is assumed to be as it should
	case last, len(j.middles) >= enoughPages && j.dated >= enoughDates, len(j.middles) >= mostPages:
		j.judge()
	}
}

// seeKnown takes in the posts below a page that an earlier walk has listed, in the
// order of the listing. They stand in for the pages that they came from; if there
// are only a few, the page has to do.
func (j *orderJudge) seeKnown(known []KnownPost, pageSize int) {
	if j.order != orderUnknown {
		return
	}
	for chunk := range slices.Chunk(known, max(pageSize, enoughSteps)) {
		dates := make([]time.Time, 0, len(chunk))
		for _, k := range chunk {
			dates = append(dates, k.Published)
		}
		j.note(dates)
	}
	j.judge()
}

func (j *orderJudge) note(dates []time.Time) {
	dates = slices.DeleteFunc(dates, time.Time.IsZero)
	if len(dates) == 0 {
		return
	}
	for i, d := range dates[1:] {
		switch d.Compare(dates[i]) {
		case 1:
			j.rises++
		case -1:
			j.falls++
		}
	}
	j.dated += len(dates)
	slices.SortFunc(dates, time.Time.Compare)
	j.middles = append(j.middles, dates[len(dates)/2])
}

// judge decides by what it has seen.
func (j *orderJudge) judge() {
	rises, falls := 0, 0
	for i := range j.middles[:max(len(j.middles)-1, 0)] {
		switch j.middles[i+1].Compare(j.middles[i]) {
		case 1:
			rises++
		case -1:
			falls++
		}
	}
	inPage := direction(j.rises, j.falls)
	switch steps := rises + falls; {
	case inPage == unordered && j.rises+j.falls >= enoughSteps:
		j.order = unordered
	case steps == 0 && inPage == oldestFirst && j.rises+j.falls > 1:
		j.order = oldestFirst
	case steps == 0:
		j.order = newestFirst
	default:
		j.order = direction(rises, falls)
	}
}

// direction is where most of the steps lead. A pinned or edited post makes one or
// two steps stray; without any order about half of them do.
func direction(rises, falls int) listingOrder {
	switch steps := rises + falls; {
	case 5*falls >= 3*steps:
		return newestFirst
	case 5*rises >= 3*steps:
		return oldestFirst
	}
	return unordered
}
