package commands

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// outcomeWords say in people's words what came of a post.
func outcomeWords(o backfill.Outcome) string {
	switch o {
	case backfill.Held:
		return "already held"
	case backfill.WouldImport:
		return "would import"
	}
	return string(o)
}

// showPost tells of a post: in JSON always, to people with --verbose.
func (r *reporter) showPost(e backfill.PostSettled) {
	switch {
	case r.JSON:
		r.printJSON(newPostLine(e))
	case r.Verbose && !r.Quiet:
		r.print(r.postLine(outcomeWords(e.Outcome), e.URI, e.Reason, outcomeColour(e.Outcome)))
	}
}

// showSkipped tells of an entry that is not eligible: in JSON always, to people
// with --verbose.
func (r *reporter) showSkipped(e backfill.PostSkipped) {
	switch {
	case r.JSON:
		r.printJSON(postLine{
			Type: "post", Account: jsonText(e.Account.String()), URI: jsonText(e.URI), Outcome: "skipped", Reason: jsonText(e.Reason),
		})
	case r.Verbose && !r.Quiet:
		r.print(r.postLine("skipped", e.URI, e.Reason, ""))
	}
}

func (r *reporter) postLine(what, uri, reason, colour string) string {
	line := what + " a post"
	if uri != "" {
		line = what + " " + cleantext.Line(uri, maxURI)
	}
	if reason != "" {
		line += " (" + cleantext.Line(reason, maxField) + ")"
	}
	return paint(r.inLocale(line), colour, r.stdoutColour())
}

func outcomeColour(o backfill.Outcome) string {
	switch o {
	case backfill.Refused:
		return yellow
	case backfill.Failed:
		return red
	}
	return ""
}

// showResumed tells that an earlier run is gone on with, with --verbose.
func (r *reporter) showResumed(e backfill.AccountResumed) {
	if r.Verbose && !r.Quiet {
		began := clockTime(e.StartedAt, r.Clock.Now(), "15:04")
		r.tellPeople(handleText(e.Account) + ": resuming the run of " + began)
	}
}

// showWarning tells of a warning on stderr.
func (r *reporter) showWarning(e backfill.Warned) {
	if r.Quiet {
		return
	}
	text := e.Text
	if (e.Account != fediverse.Handle{}) {
		text = e.Account.String() + ": " + text
	}
	r.tellPeople(paint(r.inLocale(warningText(text, r.Hints(e.Hint))), yellow, r.stderrColour()))
}

// badLine tells of a line of a file that names no account: something failed, so
// that --quiet does not hide it.
func (r *reporter) badLine(b badLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.BadLines++
	if r.JSON {
		r.tellPeople(strings.TrimSuffix(b.json(), "\n"))
		return
	}
	r.tellPeople(paint(r.inLocale(b.text()), yellow, r.stderrColour()))
}

// problem tells of a problem with one account, in words.
func (r *reporter) problem(p problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tellPeople(r.inLocale(strings.TrimSuffix(p.text(false), "\n")))
}

// showResult tells what came of an account: on stdout, but with --quiet on
// stderr and only if something failed.
func (r *reporter) showResult(result backfill.Result, wouldImport int) {
	if r.JSON {
		r.printJSON(r.newResultLine(result, wouldImport))
	}
	switch {
	case r.Quiet && (result.Status == backfill.FailedAccount || result.Status == backfill.Partial):
		r.tellPeople(r.resultLines(result, wouldImport, r.stderrColour()))
	case result.Recent && !r.Verbose: // they are summed up in the end
	case !r.Quiet && !r.JSON:
		r.print(r.resultLines(result, wouldImport, r.stdoutColour()))
	}
}

// resultLines are the line with an account's result and, indented below it,
// what there is to know and to do about it.
func (r *reporter) resultLines(result backfill.Result, wouldImport int, coloured bool) string {
	counts := r.countsText(result, wouldImport)
	reason := cleantext.Line(result.Reason, maxField)
	line := r.statusText(result, counts, reason)
	lines := []string{paint(r.inLocale(handleText(result.Account)+": "+line), statusColour(result.Status), coloured)}
	if reason != "" && !strings.HasSuffix(line, reason) {
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
func (r *reporter) statusText(result backfill.Result, counts, reason string) string {
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
		if !result.RetryAt.IsZero() {
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

// countsText is "imported 120, 8 already held, 1 refused"; empty where no post
// was counted. Foreign are entries of the listing that claim to be the account's
// posts and are not; they were left out.
func (r *reporter) countsText(result backfill.Result, wouldImport int) string {
	if result.Imported+wouldImport+result.Held+result.Refused+result.Failed+result.Foreign == 0 {
		return ""
	}
	text := fmt.Sprintf("imported %d", result.Imported)
	if r.DryRun {
		text = fmt.Sprintf("would import %d", wouldImport)
	}
	text += restText(result.Held, result.Refused, result.Failed)
	if result.Foreign > 0 {
		text += fmt.Sprintf(", %d foreign", result.Foreign)
	}
	return text
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

// noWay says that home was given nothing of the account, so that its posts can
// only be read where they are.
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

// showSummary ends the results.
func (r *reporter) showSummary(s runSummary) {
	switch {
	case r.JSON:
		r.printJSON(r.newSummaryLine(s))
	case !r.Quiet:
		r.print(r.summaryLines(s))
	}
	if s.Interrupted && s.ResumeCommand != "" && !r.Quiet {
		r.tellPeople("tootfill: interrupted; everything done so far is saved; to resume: " + commandText(s.ResumeCommand))
	}
}

func (r *reporter) summaryLines(s runSummary) string {
	var lines []string
	if n := r.totals.Recent; n > 0 {
		were := "were"
		if n == 1 {
			were = "was"
		}
		lines = append(lines, fmt.Sprintf("%s %s filled within %s, nothing to do", plural(n, "account", "accounts"), were, periodText(r.Limit)))
	}
	lines = append(lines, paint(r.totalsText(), r.summaryColour(), r.stdoutColour()))
	if !r.DryRun {
		lines = append(lines, r.adviceLines(s)...)
	}
	return strings.Join(lines, "\n")
}

// periodText is the time in which an account is filled once.
func periodText(l limit.Limit) string {
	if l.N == 1 && l.Per == time.Hour {
		return "the last hour"
	}
	return "the limit of " + l.String()
}

// commandText is a command line as a shell will take it back: every space of
// it counts, but it stays on one line.
func commandText(command string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, cleantext.DropUnprintable(command))
}

// totalsText is the last line as tootctl writes it: "Visited 3 accounts,
// imported 412 posts, 20 already held, 3 refused".
func (r *reporter) totalsText() string {
	t := r.totals
	text := "Visited " + plural(t.Accounts, "account", "accounts")
	if r.DryRun {
		text += ", would import " + plural(t.WouldImport, "post", "posts")
	} else {
		text += ", imported " + plural(t.Imported, "post", "posts")
	}
	text += restText(t.Held, t.Refused, t.PostsFailed)
	if accounts := t.accountsText(); accounts != "" {
		text += "; " + accounts
	}
	if r.DryRun {
		text += " (DRY RUN)"
	}
	return text
}

// accountsText is "1 account queued, 2 deferred": the accounts for which more
// is to be said than their posts.
func (t totals) accountsText() string {
	var parts []string
	for _, c := range []struct {
		n    int
		word string
	}{
		{t.Queued, "queued"}, {t.Deferred, "deferred"}, {t.Failed, "failed"},
		{t.Skipped, "skipped"}, {t.Interrupted, "interrupted"},
	} {
		switch {
		case c.n == 0:
		case len(parts) == 0:
			parts = append(parts, plural(c.n, "account", "accounts")+" "+c.word)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return strings.Join(parts, ", ")
}

func (r *reporter) summaryColour() string {
	t := r.totals
	switch {
	case t.Failed > 0 && t.Failed == t.Accounts:
		return red
	case t.Failed+t.Partial+t.Deferred+t.Interrupted > 0:
		return yellow
	}
	return green
}

// adviceLines say what becomes of the rest.
func (r *reporter) adviceLines(s runSummary) []string {
	t := r.totals
	var lines []string
	if t.Refused+t.PostsFailed > 0 {
		lines = append(lines, "Posts that were refused or failed are tried again in later runs.")
	}
	if line := r.dueLine(s); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// dueLine says when --due can do more; empty where there is nothing to do.
func (r *reporter) dueLine(s runSummary) string {
	next := r.totals.NextTry
	if r.Due && (next.IsZero() || !s.NextDue.IsZero() && s.NextDue.Before(next)) {
		next = s.NextDue // of all deferred accounts, be they of this run or not
	}
	now, command := r.Clock.Now(), "`"+commandText(s.DueCommand)+"`"
	switch {
	case s.DueCommand == "":
		return ""
	case next.IsZero() && r.Due && r.totals.Accounts == 0:
		return "No account is deferred."
	case next.IsZero():
		return ""
	case !next.After(now):
		return "Now, " + command + " resumes what is left."
	case r.Due && r.totals.Accounts == 0:
		return "Nothing is due yet: the next deferred account may run at " + minuteTime(next, now) + "."
	}
	return "From " + minuteTime(next, now) + " on, " + command + " resumes what is left."
}

// secondsOf is d in seconds, to the millisecond.
func secondsOf(d time.Duration) float64 {
	// Not Seconds, which adds a fraction: 7.347 s would be 7.3469999999999995.
	return float64(d.Round(time.Millisecond).Milliseconds()) / 1000
}
