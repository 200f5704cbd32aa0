package report

import (
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// showResult reports the result of an account: on stdout, or with --quiet on stderr
// and only if something failed.
func (r *Run) showResult(result backfill.Result, wouldImport int) {
	if r.JSON {
		r.printJSON(r.newResultLine(result, wouldImport))
	}
	switch {
	case r.Quiet && (result.Status == backfill.FailedAccount || result.Status == backfill.Partial):
		how, about := r.resultLog(result, wouldImport)
		if lines := r.newsOf(result, wouldImport, r.stderrColour()); lines != "" {
			r.tell(how, about, lines)
		}
	case result.Recent && !r.Verbose: // the summary counts them
	case !r.Quiet && !r.JSON:
		if lines := r.newsOf(result, wouldImport, r.stdoutColour()); lines != "" {
			r.print(lines)
		}
	}
}

// newsOf are the lines of a result for people, without what they have read before; empty
// if nothing is left. With --verbose each account has its lines, as it has in a log.
func (r *Run) newsOf(result backfill.Result, wouldImport int, coloured bool) string {
	if _, logs := r.Stderr.(*Log); !r.Verbose && !(r.Quiet && logs) {
		short, ok := r.told.shorten(result, r.countsText(result, wouldImport) != "")
		if !ok {
			return ""
		}
		result = short
	}
	return r.resultLines(result, wouldImport, coloured)
}

// resultLines are the line with an account's result and, indented below it, what to
// know and do about it.
func (r *Run) resultLines(result backfill.Result, wouldImport int, coloured bool) string {
	counts := r.countsText(result, wouldImport)
	reason := cleantext.Line(result.Reason, maxField)
	line := r.statusText(result, counts, reason)
	lines := []string{paint(r.inLocale(handleText(result.Account)+": "+line), statusColour(result.Status), coloured)}
	if text := repliesText(result.Replies); text != "" {
		lines = append(lines, "  "+text)
	}
	if reason != "" && !tells(line, reason) {
		lines = append(lines, r.inLocale("  "+reason))
	}
	if hint := r.Hints(result.Hint); hint != "" {
		lines = append(lines, r.inLocale("  hint: "+cleantext.Line(hint, maxField)))
	}
	if result.Status != backfill.Deferred && !result.RetryAt.IsZero() {
		lines = append(lines, "  next try: from "+minuteTime(result.RetryAt, r.Clock.Now())+" on")
	}
	if result.ProfileURL != "" && noWay(result) {
		lines = append(lines, r.inLocale("  read it at "+cleantext.Line(result.ProfileURL, maxURI)))
	}
	return strings.Join(lines, "\n")
}

// statusText is the result in one line: for most statuses a word and the
// counts, or the reason where nothing was counted.
func (r *Run) statusText(result backfill.Result, counts, reason string) string {
	word := string(result.Status)
	switch result.Status {
	case backfill.Done, backfill.Partial:
		switch {
		case counts != "":
			return counts
		case reason != "":
			return reason
		case result.Status == backfill.Done:
			return "nothing to import"
		}
		return word
	case backfill.Deferred:
		switch {
		case result.Cause == backfill.OutOfTime:
			word += ": " + reason // it may resume at once
		case !result.RetryAt.IsZero():
			word += ": next allowed at " + minuteTime(result.RetryAt, r.Clock.Now())
		}
		if counts != "" {
			word += " (" + counts + ")"
		}
		return word
	}
	switch {
	case counts != "":
		return word + ": " + counts
	case reason != "":
		return word + ": " + reason
	}
	return word
}

// noWay reports whether home was given nothing of the account, so that its posts can
// only be read at the origin.
func noWay(r backfill.Result) bool {
	switch r.Status {
	case backfill.FailedAccount, backfill.Partial, backfill.Skipped:
		return r.Imported+r.Held == 0
	}
	return false
}

func statusColour(s backfill.Status) string {
	switch s {
	case backfill.Done, backfill.Queued:
		return green
	case backfill.FailedAccount:
		return red
	}
	return yellow
}
