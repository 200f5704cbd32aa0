package report

import (
	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// outcomeWords puts the outcome of a post into words for people.
func outcomeWords(o backfill.Outcome) string {
	switch o {
	case backfill.Held:
		return "already held"
	case backfill.WouldImport:
		return "would import"
	}
	return string(o)
}

// showPost reports a post: always in JSON, to people only with --verbose.
func (r *Run) showPost(e backfill.PostSettled) {
	switch {
	case r.JSON:
		r.printJSON(newPostLine(e))
	case r.Verbose && !r.Quiet:
		r.print(r.postLine(outcomeWords(e.Outcome), e.URI, e.Reason, outcomeColour(e.Outcome)))
	}
}

// showSkipped reports an entry that is not eligible: always in JSON, to people only
// with --verbose.
func (r *Run) showSkipped(e backfill.PostSkipped) {
	switch {
	case r.JSON:
		r.printJSON(postLine{
			Type: "post", Account: jsonText(e.Account.String()), URI: jsonText(e.URI), Outcome: "skipped", Reason: jsonText(e.Reason),
		})
	case r.Verbose && !r.Quiet:
		r.print(r.postLine("skipped", e.URI, e.Reason, ""))
	}
}

func (r *Run) postLine(what, uri, reason, colour string) string {
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

// showResumed reports, with --verbose, that an earlier run is being resumed.
func (r *Run) showResumed(e backfill.AccountResumed) {
	if r.Verbose && !r.Quiet {
		began := clockTime(e.StartedAt, r.Clock.Now(), "15:04")
		text := "resuming the run of " + began
		r.tell(info, logLine{Message: text, Account: e.Account.String()}, handleText(e.Account)+": "+text)
	}
}
