package report

import (
	"fmt"
	"strings"

	"tootfill/backfill"
)

// threadLine reports a post for whose replies home was asked.
type threadLine struct {
	Type    string `json:"type"`
	Account string `json:"account"`
	URI     string `json:"uri"`
}

// repliesCount counts the replies to the posts of one account, or of all.
type repliesCount struct {
	// Asked counts the posts whose replies home was asked to fetch by itself.
	Asked int `json:"asked"`
	// The others count the replies that home was given one by one.
	Imported int `json:"imported"`
	Held     int `json:"held"`
	Refused  int `json:"refused"`
	Failed   int `json:"failed"`
}

// newRepliesCount is nil if no replies were wanted.
func newRepliesCount(n *backfill.ReplyCounts) *repliesCount {
	if n == nil {
		return nil
	}
	return &repliesCount{Asked: n.Asked, Imported: n.Imported, Held: n.Held, Refused: n.Refused, Failed: n.Failed}
}

func (t *Totals) addReplies(n *backfill.ReplyCounts) {
	if n == nil {
		return
	}
	if t.Replies == nil {
		t.Replies = new(backfill.ReplyCounts)
	}
	t.Replies.Asked += n.Asked
	t.Replies.Imported += n.Imported
	t.Replies.Held += n.Held
	t.Replies.Refused += n.Refused
	t.Replies.Failed += n.Failed
}

// repliesText is "replies: asked for those to 12 posts", or "replies: imported 30, 2
// refused"; empty if there is nothing to tell.
func repliesText(n *backfill.ReplyCounts) string {
	if n == nil {
		return ""
	}
	var parts []string
	if n.Asked > 0 {
		parts = append(parts, "asked for those to "+Plural(n.Asked, "post", "posts"))
	}
	if n.Imported+n.Held+n.Refused+n.Failed > 0 {
		rest := countsOfRest(n.Held, n.Refused, n.Failed)
		rest[1].why, rest[2].why = n.RefusedFor, n.FailedFor
		parts = append(parts, fmt.Sprintf("imported %d", n.Imported)+restText(rest...))
	}
	if len(parts) == 0 {
		return ""
	}
	return "replies: " + strings.Join(parts, "; ")
}

// showThread reports that home was asked for the replies to a post: always in JSON,
// to people only with --verbose.
func (r *Run) showThread(e backfill.ThreadAsked) {
	switch {
	case r.JSON:
		r.printJSON(threadLine{Type: "thread", Account: jsonText(e.Account.String()), URI: jsonText(e.URI)})
	case r.Verbose && !r.Quiet:
		r.print(r.postLine("asked for the replies to", e.URI, "", ""))
	}
}

// showReply reports a reply that home was given: always in JSON, to people only with
// --verbose.
func (r *Run) showReply(e backfill.ReplySettled) {
	switch {
	case r.JSON:
		line := newPostLine(backfill.PostSettled{Account: e.Account, URI: e.URI, Outcome: e.Outcome, Reason: e.Reason})
		line.Type = "reply"
		r.printJSON(line)
	case r.Verbose && !r.Quiet:
		r.print(r.postLine(outcomeWords(e.Outcome)+" the reply", e.URI, e.Reason, outcomeColour(e.Outcome)))
	}
}
