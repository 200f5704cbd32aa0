package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"tootfill/backfill"
)

// The lines of `tootfill queues --json`: one per queue, one for Sidekiq, one per
// job with --jobs, and one per deferred account.

// queueLine describes a queue. Latency is in seconds.
type queueLine struct {
	Type    string  `json:"type"`
	Name    string  `json:"name"`
	Size    int64   `json:"size"`
	Latency float64 `json:"latency"`
}

// sidekiqLine describes Sidekiq as a whole. Version is empty if no process reports
// it. Ours covers only the ends of very long queues.
type sidekiqLine struct {
	Type           string `json:"type"`
	Version        string `json:"version"`
	Busy           int    `json:"busy"`
	Workers        int    `json:"workers"`
	Scheduled      int64  `json:"scheduled"`
	Retry          int64  `json:"retry"`
	Dead           int64  `json:"dead"`
	Processed      int64  `json:"processed"`
	Failed         int64  `json:"failed"`
	ProcessedToday int64  `json:"processed_today"`
	FailedToday    int64  `json:"failed_today"`
	Ours           int    `json:"ours"`
}

// jobLine describes a waiting job of ours. The URI is empty for a MergeWorker; the
// two ids, which are home's, are empty for a FetchReplyWorker.
type jobLine struct {
	Type       string  `json:"type"`
	JID        string  `json:"jid"`
	Class      string  `json:"class"`
	Queue      string  `json:"queue"`
	URI        string  `json:"uri"`
	Prefetched bool    `json:"prefetched"`
	AccountID  string  `json:"account_id"`
	FollowerID string  `json:"follower_id"`
	Latency    float64 `json:"latency"`
}

// deferredLine describes an account that has to wait.
type deferredLine struct {
	Type    string `json:"type"`
	Account string `json:"account"`
	// RetryAt is RFC 3339 in UTC.
	RetryAt string `json:"retry_at"`
	Reason  string `json:"reason"`
}

// writeQueuesJSON writes a reading, and all deferred accounts of its source.
func writeQueuesJSON(ctx context.Context, w io.Writer, source QueuesSource, r queuesReading) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, line := range r.jsonLines() {
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("writing results: %w", err)
		}
	}
	for d, err := range source.Ledger.Deferred(ctx) {
		if err != nil {
			return err
		}
		if err := out.Encode(newDeferredLine(d)); err != nil {
			return fmt.Errorf("writing results: %w", err)
		}
	}
	return nil
}

// jsonLines are the lines about Sidekiq; none without a Redis.
func (r queuesReading) jsonLines() []any {
	if r.Sidekiq == nil {
		return nil
	}
	s := r.Sidekiq
	lines := make([]any, 0, len(s.Queues)+1+len(r.Jobs))
	for _, q := range s.Queues {
		lines = append(lines, queueLine{Type: "queue", Name: jsonText(q.Name), Size: q.Size, Latency: secondsOf(q.Latency)})
	}
	lines = append(lines, sidekiqLine{
		Type: "sidekiq", Version: jsonText(s.Version), Busy: s.Busy, Workers: s.Workers,
		Scheduled: s.Scheduled, Retry: s.Retry, Dead: s.Dead, Processed: s.Processed, Failed: s.Failed,
		ProcessedToday: s.ProcessedToday, FailedToday: s.FailedToday, Ours: s.Ours,
	})
	for _, j := range r.Jobs {
		lines = append(lines, newJobLine(j))
	}
	return lines
}

func newJobLine(j Job) jobLine {
	return jobLine{
		Type: "job", JID: jsonText(j.JID), Class: jsonText(j.Class), Queue: jsonText(j.Queue), URI: jsonText(j.URI),
		Prefetched: j.Prefetched, AccountID: idText(j.Account), FollowerID: idText(j.Follower), Latency: secondsOf(j.Waited),
	}
}

// idText is an id on home as Mastodon's API writes it; empty for none.
func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

func newDeferredLine(d backfill.Deferral) deferredLine {
	return deferredLine{
		Type: "deferred", Account: jsonText(d.Account.String()),
		RetryAt: d.RetryAt.UTC().Format(time.RFC3339), Reason: jsonText(d.Reason),
	}
}
