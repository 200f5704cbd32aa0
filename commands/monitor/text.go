package monitor

import (
	"fmt"
	"strings"
	"time"

	"tootfill/commands/report"
)

// text is the run in a few lines. It names no account and no server, for it goes to a
// service that need not know them.
func (r Run) text() string {
	lines := []string{fmt.Sprintf("tootfill %s: exit status %d (%s)", r.Version, r.Status, r.Meaning)}
	t := r.Totals
	if t.Accounts > 0 {
		lines = append(lines, counts(report.Plural(t.Accounts, "account", "accounts")+": ",
			count{t.Done, "done"}, count{t.Queued, "queued"}, count{t.Deferred, "deferred"}, count{t.Partial, "partial"},
			count{t.Failed, "failed"}, count{t.Skipped, "skipped"}, count{t.Interrupted, "interrupted"}))
	}
	if t.Imported+t.Held+t.Refused+t.PostsFailed > 0 {
		lines = append(lines, counts("posts: ",
			count{t.Imported, "imported"}, count{t.Held, "already held"}, count{t.Refused, "refused"}, count{t.PostsFailed, "failed"}))
	}
	if n := t.Replies; n != nil && n.Asked+n.Imported+n.Held+n.Refused+n.Failed > 0 {
		lines = append(lines, counts("replies: ", count{n.Asked, "posts asked for"},
			count{n.Imported, "imported"}, count{n.Held, "already held"}, count{n.Refused, "refused"}, count{n.Failed, "failed"}))
	}
	if r.Unfound+t.BadLines > 0 {
		lines = append(lines, counts("lists: ", count{r.Unfound, "addresses not found"}, count{t.BadLines, "lines that name no account"}))
	}
	lines = append(lines, fmt.Sprintf("%d requests to home, %d to origins, in %s", r.Home, r.Origins, r.Took.Round(time.Second)))
	return strings.Join(lines, "\n") + "\n"
}

type count struct {
	n    int
	what string
}

// counts are those that are not zero, after what they are about.
func counts(about string, all ...count) string {
	var parts []string
	for _, c := range all {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return about + strings.Join(parts, ", ")
}
