package sidekiq

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// The queues into which our jobs go.
const (
	// pullQueue: FetchReplyWorker has sidekiq_options queue: 'pull' (Mastodon
	// app/workers/fetch_reply_worker.rb).
	pullQueue = "pull"
	// defaultQueue: MergeWorker names no queue (app/workers/merge_worker.rb).
	defaultQueue = "default"
)

const (
	fetchClass = "FetchReplyWorker"
	mergeClass = "MergeWorker"
	// ourMark is in the text of each of our jobs, and of no other: within a JSON
	// string its quotes would be escaped.
	ourMark = `"tootfill":`
)

// job is a job in the form in which it is written.
type job struct {
	Class      string      `json:"class"`
	Queue      string      `json:"queue"`
	Args       []any       `json:"args"`
	Retry      any         `json:"retry"`
	JID        string      `json:"jid"`
	CreatedAt  json.Number `json:"created_at"`
	EnqueuedAt json.Number `json:"enqueued_at"`
	Ours       int         `json:"tootfill"`
}

// newJob fills in the job's id and times and writes it.
func (s *Sidekiq) newJob(j job, u unit) (jid string, payload []byte, err error) {
	now := s.clock.Now()
	if j.JID, err = s.newJID(now); err != nil {
		return "", nil, err
	}
	j.CreatedAt, j.EnqueuedAt, j.Ours = u.write(now), u.write(now), 1
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(j); err != nil {
		return "", nil, fmt.Errorf("writing a job of %s: %w", j.Class, err)
	}
	return j.JID, bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// newJID makes an id of 24 hexadecimal digits, as Sidekiq's own are. Its first
// 14 are the time in microseconds, no two alike in one process, so that the
// order of ids is the order in which the jobs were made; the rest is random.
func (s *Sidekiq) newJID(now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tail [5]byte
	if _, err := io.ReadFull(s.random, tail[:]); err != nil {
		return "", fmt.Errorf("making the id of a job: %w", err)
	}
	s.lastJID = max(now.UnixMicro(), s.lastJID+1)
	return fmt.Sprintf("%014x", s.lastJID&(1<<56-1)) + hex.EncodeToString(tail[:]), nil
}

// storedJob is the part of a job in Redis that is read.
type storedJob struct {
	Class      string            `json:"class"`
	Queue      string            `json:"queue"`
	Args       []json.RawMessage `json:"args"`
	JID        string            `json:"jid"`
	CreatedAt  json.RawMessage   `json:"created_at"`
	EnqueuedAt json.RawMessage   `json:"enqueued_at"`
	Ours       json.RawMessage   `json:"tootfill"`
}

// readJob returns false for text that is not a job.
func readJob(text string) (storedJob, bool) {
	var j storedJob
	err := json.Unmarshal([]byte(text), &j)
	return j, err == nil
}

// readOurs returns false for text that is not one of our jobs. It decodes only text
// that may be one.
func readOurs(text string) (storedJob, bool) {
	if !strings.Contains(text, ourMark) {
		return storedJob{}, false
	}
	j, ok := readJob(text)
	return j, ok && len(j.Ours) > 0 && j.JID != ""
}

// since is the time from which Sidekiq counts a job's latency: enqueued_at, or
// created_at if that is missing (lib/sidekiq/api.rb).
func (j storedJob) since() (time.Time, unit, bool) {
	if t, u, ok := parseTimestamp(j.EnqueuedAt); ok {
		return t, u, true
	}
	return parseTimestamp(j.CreatedAt)
}
