package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/limit"
)

// showSummary ends the results.
func (r *Run) showSummary(s Summary) {
	switch {
	case r.JSON:
		r.printJSON(r.newSummaryLine(s))
	case r.Quiet:
		if lines := r.told.lines(r.stderrColour()); len(lines) > 0 {
			r.tellPeople(r.inLocale(strings.Join(lines, "\n")))
		}
	default:
		r.print(r.summaryLines(s))
	}
	if s.Interrupted && s.ResumeCommand != "" && !r.Quiet {
		r.tellPeople("tootfill: interrupted; everything done so far is saved; to resume: " + CommandText(s.ResumeCommand))
	}
}

func (r *Run) summaryLines(s Summary) string {
	lines := r.told.lines(r.stdoutColour())
	if n := r.totals.Recent; n > 0 {
		were := "were"
		if n == 1 {
			were = "was"
		}
		lines = append(lines, fmt.Sprintf("%s %s filled within %s, nothing to do", Plural(n, "account", "accounts"), were, periodText(r.Limit)))
	}
	lines = append(lines, paint(r.totalsText(), r.summaryColour(), r.stdoutColour()))
	if !r.DryRun {
		lines = append(lines, r.adviceLines(s)...)
	}
	return strings.Join(lines, "\n")
}

// periodText names the time in which an account may be filled once.
func periodText(l limit.Limit) string {
	if l.N == 1 && l.Per == time.Hour {
		return "the last hour"
	}
	return "the limit of " + l.String()
}

// CommandText is a command line that can be pasted into a shell: it keeps every
// space, but stays on one line.
func CommandText(command string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, cleantext.DropUnprintable(command))
}

// totalsText is the last line as tootctl writes it: "Visited 3 accounts,
// imported 412 posts, 20 already held, 3 refused".
func (r *Run) totalsText() string {
	t := r.totals
	text := "Visited " + Plural(t.Accounts, "account", "accounts")
	if r.DryRun {
		text += ", would import " + Plural(t.WouldImport, "post", "posts")
	} else {
		text += ", imported " + Plural(t.Imported, "post", "posts")
	}
	text += restText(countsOfRest(t.Held, t.Refused, t.PostsFailed)...)
	if replies := repliesText(t.Replies); replies != "" {
		text += "; " + replies
	}
	if accounts := t.accountsText(); accounts != "" {
		text += "; " + accounts
	}
	if r.DryRun {
		text += " (DRY RUN)"
	}
	return text
}

// accountsText is "1 account queued, 2 deferred": the accounts about which the
// counts of posts do not say enough.
func (t Totals) accountsText() string {
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
			parts = append(parts, Plural(c.n, "account", "accounts")+" "+c.word)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return strings.Join(parts, ", ")
}

func (r *Run) summaryColour() string {
	t := r.totals
	switch {
	case t.Failed > 0 && t.Failed == t.Accounts:
		return red
	case t.Failed+t.Partial+t.Deferred+t.Interrupted > 0:
		return yellow
	}
	return green
}

// adviceLines say when the rest will be done.
func (r *Run) adviceLines(s Summary) []string {
	t := r.totals
	var lines []string
	if t.Refused+t.PostsFailed > 0 {
		lines = append(lines, "Posts that were refused or failed are tried again in later runs.")
	}
	if t.OutOfTime > 0 {
		lines = append(lines, "Out of time: "+Plural(t.OutOfTime, "account is", "accounts are")+" left.")
	}
	if line := r.dueLine(s); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// dueLine says when --due can do more; empty if nothing is left.
func (r *Run) dueLine(s Summary) string {
	next := r.totals.NextTry
	if r.Due && (next.IsZero() || !s.NextDue.IsZero() && s.NextDue.Before(next)) {
		next = s.NextDue // of all deferred accounts, of this run or not
	}
	now, command := r.Clock.Now(), "`"+CommandText(s.DueCommand)+"`"
	switch {
	case s.DueCommand == "":
		return ""
	case next.IsZero() && r.Due && r.totals.Accounts == 0:
		return "No account is deferred."
	case next.IsZero():
		return ""
	case !next.After(now):
		return "Run " + command + " to resume what is left."
	case r.Due && r.totals.Accounts == 0:
		return "Nothing is due yet: the next deferred account may run at " + minuteTime(next, now) + "."
	}
	return "From " + minuteTime(next, now) + " on, " + command + " resumes what is left."
}

// Summary is what to say about the run as a whole at its end.
type Summary struct {
	HomeRequests, OriginRequests int64
	Elapsed                      time.Duration
	Interrupted                  bool
	// NextDue is when a deferred account may run next, after a run with --due;
	// zero if none is deferred.
	NextDue time.Time
	// ResumeCommand is the command line that resumes an interrupted run.
	ResumeCommand string
	// DueCommand is the command line that does what is left; empty if none can.
	DueCommand string
}
