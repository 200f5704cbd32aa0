package report

import (
	"fmt"
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
		r.tell(how, about, r.resultLines(result, wouldImport, r.stderrColour()))
	case result.Recent && !r.Verbose: // the summary counts them
	case !r.Quiet && !r.JSON:
		r.print(r.resultLines(result, wouldImport, r.stdoutColour()))
	}
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

// countsText is "imported 120, 8 already held, 1 refused"; empty if no post was
// counted. Foreign entries of the listing, which claim to be the account's posts but
// are not, were left out.
func (r *Run) countsText(result backfill.Result, wouldImport int) string {
	if result.Imported+wouldImport+result.Held+result.Refused+result.Failed+result.Foreign == 0 {
		return ""
	}
	text := fmt.Sprintf("imported %d", result.Imported)
	if r.DryRun {
		text = fmt.Sprintf("would import %d", wouldImport)
	}
	text += restText(result.Held, result.Refused, result.Failed)
	switch why := cleantext.Line(result.FailedFor, maxField); {
	case result.Foreign > 0:
		text += fmt.Sprintf(", %d foreign", result.Foreign)
	case result.Failed > 0 && why != "":
		text += ": " + why
	}
	return text
}

// tells reports whether a line tells a reason, or what its posts have failed for.
func tells(line, reason string) bool {
	_, why, _ := strings.Cut(reason, ": ")
	return strings.Contains(line, reason) || why != "" && strings.HasSuffix(line, " failed: "+why)
}

// restText counts the posts that were not imported.
func restText(held, refused, failed int) string {
	text := ""
	if held > 0 {
		text += fmt.Sprintf(", %d already held", held)
	}
	if refused > 0 {
		text += fmt.Sprintf(", %d refused", refused)
	}
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
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
