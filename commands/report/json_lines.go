package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"tootfill/backfill"
)

// The JSON Lines on stdout. Every field is always present, except would_import,
// which only dry runs have, and replies, which is there if replies were wanted.
// Readers must ignore fields and types that they do not know.

// postLine reports a settled post.
type postLine struct {
	Type    string           `json:"type"`
	Account string           `json:"account"`
	URI     string           `json:"uri"`
	Outcome backfill.Outcome `json:"outcome"`
	Reason  string           `json:"reason"`
}

// resultLine is the result of an account.
type resultLine struct {
	Type        string          `json:"type"`
	Account     string          `json:"account"`
	Route       backfill.Route  `json:"route"`
	Status      backfill.Status `json:"status"`
	Listed      int             `json:"listed"`
	Eligible    int             `json:"eligible"`
	Held        int             `json:"held"`
	Imported    int             `json:"imported"`
	WouldImport *int            `json:"would_import,omitempty"`
	Refused     int             `json:"refused"`
	Failed      int             `json:"failed"`
	// Foreign counts entries that claim to be posts of the account but are not.
	Foreign int           `json:"foreign"`
	Replies *repliesCount `json:"replies,omitempty"`
	// RetryAt is RFC 3339 in UTC, or null.
	RetryAt *string `json:"retry_at"`
	// Cause is one of backfill.Cause, or empty.
	Cause      backfill.Cause `json:"cause"`
	Reason     string         `json:"reason"`
	Hint       string         `json:"hint"`
	ProfileURL string         `json:"profile_url"`
}

// summaryLine is the last line.
type summaryLine struct {
	Type           string        `json:"type"`
	Accounts       int           `json:"accounts"`
	Done           int           `json:"done"`
	Queued         int           `json:"queued"`
	Deferred       int           `json:"deferred"`
	Partial        int           `json:"partial"`
	Failed         int           `json:"failed"`
	Skipped        int           `json:"skipped"`
	Interrupted    int           `json:"interrupted"`
	Listed         int           `json:"listed"`
	Eligible       int           `json:"eligible"`
	Held           int           `json:"held"`
	Imported       int           `json:"imported"`
	WouldImport    *int          `json:"would_import,omitempty"`
	Refused        int           `json:"refused"`
	PostsFailed    int           `json:"posts_failed"`
	Replies        *repliesCount `json:"replies,omitempty"`
	BadLines       int           `json:"bad_lines"`
	HomeRequests   int64         `json:"home_requests"`
	OriginRequests int64         `json:"origin_requests"`
	Seconds        float64       `json:"seconds"`
	// NextDue is when a deferred account may run next, RFC 3339 in UTC, null if none
	// is deferred. It is present only after a run with --due.
	NextDue *jsonTime `json:"next_due,omitempty"`
}

// jsonTime is written as RFC 3339 in UTC, or null if it is zero.
type jsonTime time.Time

func (t jsonTime) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(time.Time(t).UTC().Format(time.RFC3339))
}

func newPostLine(e backfill.PostSettled) postLine {
	return postLine{
		Type:    "post",
		Account: jsonText(e.Account.String()),
		URI:     jsonText(e.URI),
		Outcome: e.Outcome,
		Reason:  jsonText(e.Reason),
	}
}

func (r *Run) newResultLine(result backfill.Result, wouldImport int) resultLine {
	line := resultLine{
		Type:        "result",
		Account:     jsonText(result.Account.String()),
		Route:       result.Route,
		Status:      result.Status,
		Listed:      result.Listed,
		Eligible:    result.Eligible,
		Held:        result.Held,
		Imported:    result.Imported,
		WouldImport: r.inDryRun(wouldImport),
		Refused:     result.Refused,
		Failed:      result.Failed,
		Foreign:     result.Foreign,
		Replies:     newRepliesCount(result.Replies),
		Cause:       result.Cause,
		Reason:      jsonText(result.Reason),
		Hint:        jsonText(r.Hints(result.Hint)),
		ProfileURL:  jsonText(result.ProfileURL),
	}
	if !result.RetryAt.IsZero() {
		at := result.RetryAt.UTC().Format(time.RFC3339)
		line.RetryAt = &at
	}
	return line
}

func (r *Run) newSummaryLine(s Summary) summaryLine {
	t := r.totals
	var due *jsonTime
	if r.Due {
		due = (*jsonTime)(&s.NextDue)
	}
	return summaryLine{
		NextDue:        due,
		Type:           "summary",
		Accounts:       t.Accounts,
		Done:           t.Done,
		Queued:         t.Queued,
		Deferred:       t.Deferred,
		Partial:        t.Partial,
		Failed:         t.Failed,
		Skipped:        t.Skipped,
		Interrupted:    t.Interrupted,
		Listed:         t.Listed,
		Eligible:       t.Eligible,
		Held:           t.Held,
		Imported:       t.Imported,
		WouldImport:    r.inDryRun(t.WouldImport),
		Refused:        t.Refused,
		PostsFailed:    t.PostsFailed,
		Replies:        newRepliesCount(t.Replies),
		BadLines:       t.BadLines,
		HomeRequests:   s.HomeRequests,
		OriginRequests: s.OriginRequests,
		Seconds:        secondsOf(s.Elapsed),
	}
}

func (r *Run) inDryRun(n int) *int {
	if !r.DryRun {
		return nil
	}
	return &n
}

// printJSON writes a value as one line of JSON to stdout.
func (r *Run) printJSON(line any) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		r.out.fail(err)
		return
	}
	r.printWhole(strings.TrimSuffix(b.String(), "\n"))
}

// jsonText is s as valid UTF-8, without the control characters that JSON does not
// escape: DEL and U+0080 to U+009F, which some terminals obey.
func jsonText(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x7f && r <= 0x9f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// secondsOf is d in seconds, rounded to the millisecond.
func secondsOf(d time.Duration) float64 {
	// Not Seconds, which adds a fraction: 7.347 s would be 7.3469999999999995.
	return float64(d.Round(time.Millisecond).Milliseconds()) / 1000
}

// jsonLine is a value of ours as a line of JSON.
func jsonLine(value any) string {
	var b strings.Builder
	line := json.NewEncoder(&b)
	line.SetEscapeHTML(false)
	// Texts and numbers can always be encoded, and a builder never fails.
	_ = line.Encode(value)
	return b.String()
}
