package report

import (
	"fmt"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// mostReasons bounds how many reasons are remembered, and mostNamed how many of the
	// accounts that share one are named at the end.
	mostReasons = 1000
	mostNamed   = 8
	// shortReason is how many bytes a reason has that is as short as a reference to it.
	shortReason = 40
)

// reason is why accounts have the same status, and what to do about it.
type reason struct {
	status backfill.Status
	text   string
	hint   backfill.Hint
}

// alike are accounts with the same reason, such as those of a server that is down.
type alike struct {
	status backfill.Status
	// first is the account of which the reason was shown.
	first fediverse.Handle
	// untold counts the accounts that were not shown, the first of which are named.
	untold int
	named  []string
}

// toldReasons are the reasons that people have read.
type toldReasons struct {
	byReason map[reason]*alike
	// inOrder are those with accounts that were not shown.
	inOrder []*alike
}

// shorten is a result whose reason people have not read yet. Of one that they have, the
// account that had it first stands for it. ok is false if nothing is left to show now.
func (t *toldReasons) shorten(result backfill.Result, counted bool) (_ backfill.Result, ok bool) {
	if result.Reason == "" || !isShared(result) {
		return result, true
	}
	why := reason{result.Status, result.Reason, result.Hint}
	before := t.byReason[why]
	switch {
	case before == nil:
		if t.byReason == nil {
			t.byReason = make(map[reason]*alike)
		}
		if len(t.byReason) < mostReasons {
			t.byReason[why] = &alike{status: result.Status, first: result.Account}
		}
		return result, true
	case counted && len(result.Reason) < shortReason && result.Hint == backfill.Hint{}:
		return result, true
	case counted:
		result.Reason, result.Hint, result.FailedFor = "for the same reason as "+handleText(before.first), backfill.Hint{}, ""
		return result, true
	}
	if before.untold++; before.untold == 1 {
		t.inOrder = append(t.inOrder, before)
	}
	if len(before.named) < mostNamed {
		before.named = append(before.named, handleText(result.Account))
	}
	return result, false
}

// isShared reports whether the reason for a result may well be that of other accounts.
func isShared(r backfill.Result) bool {
	switch r.Status {
	case backfill.FailedAccount, backfill.Partial, backfill.Deferred:
		return true
	}
	switch r.Cause {
	case backfill.SuspendedByHome, backfill.LimitedFederation, backfill.Never:
		return true
	}
	return false
}

// lines name the accounts that were not shown: "ben@x.example and 3 others: deferred like
// ana@x.example".
func (t *toldReasons) lines(coloured bool) []string {
	var lines []string
	for _, a := range t.inOrder {
		names := strings.Join(a.named, ", ")
		if others := a.untold - len(a.named); others > 0 {
			names += " and " + Plural(others, "other", "others")
		}
		word := string(a.status)
		if a.status == backfill.Partial {
			word = "incomplete"
		}
		lines = append(lines, paint(fmt.Sprintf("%s: %s like %s", names, word, handleText(a.first)), statusColour(a.status), coloured))
	}
	return lines
}
