package report

import (
	"fmt"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// countsText is "imported 120, 8 already held, 1 refused: it was deleted"; empty if no
// post was counted. Foreign entries of the listing, which claim to be the account's posts
// but are not, were left out.
func (r *Run) countsText(result backfill.Result, wouldImport int) string {
	if result.Imported+wouldImport+result.Held+result.Refused+result.Failed+result.Foreign == 0 {
		return ""
	}
	text := fmt.Sprintf("imported %d", result.Imported)
	if r.DryRun {
		text = fmt.Sprintf("would import %d", wouldImport)
	}
	rest := countsOfRest(result.Held, result.Refused, result.Failed)
	rest[1].why, rest[2].why = result.RefusedFor, result.FailedFor
	if result.Status == backfill.Partial && result.Failed == 0 && result.Reason != "" {
		rest[1].why = "" // the account's reason is about the same posts
	}
	if result.Foreign > 0 && tells(" failed: "+result.FailedFor, result.Reason) {
		rest[2].why = "" // it stands in the account's reason
	}
	return text + restText(append(rest, count{n: result.Foreign, word: "foreign"})...)
}

// tells reports whether a line tells a reason, or what its posts have failed for.
func tells(line, reason string) bool {
	_, why, _ := strings.Cut(reason, ": ")
	return strings.Contains(line, reason) || why != "" && strings.HasSuffix(line, " failed: "+why)
}

// count is how many posts had the same outcome, and why, if all share a reason.
type count struct {
	n         int
	word, why string
}

// countsOfRest are those of the posts that were not imported.
func countsOfRest(held, refused, failed int) []count {
	return []count{{n: held, word: "already held"}, {n: refused, word: "refused"}, {n: failed, word: "failed"}}
}

// restText is what follows the number of imports, such as ", 1 refused (it was deleted),
// 2 failed: no answer".
func restText(counts ...count) string {
	text, end := "", ""
	for _, c := range counts {
		if c.n == 0 {
			continue
		}
		if end != "" {
			text += " (" + end + ")"
		}
		text += fmt.Sprintf(", %d %s", c.n, c.word)
		end = cleantext.Line(c.why, maxField)
	}
	if end != "" {
		text += ": " + end
	}
	return text
}
