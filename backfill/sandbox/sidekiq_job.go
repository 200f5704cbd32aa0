package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// sidekiqJob is a job as it stands in Redis. Keys that mean nothing here are
// kept, as Sidekiq keeps them.
type sidekiqJob map[string]json.RawMessage

func readJob(text string) (sidekiqJob, error) {
	var j sidekiqJob
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return nil, fmt.Errorf("reading a job: %w", err)
	}
	if j == nil {
		return nil, errors.New("reading a job: it is no object")
	}
	return j, nil
}

// newJob makes a job with the times of Sidekiq 8: whole milliseconds.
func (q *Sidekiq) newJob(queue, class string, retry any, args ...any) sidekiqJob {
	j := sidekiqJob{}
	j.set("class", class)
	j.set("queue", queue)
	j.set("args", append([]any{}, args...))
	j.set("retry", retry)
	q.mu.Lock()
	j.set("jid", fmt.Sprintf("%016x%08x", q.random.Uint64(), q.random.Uint32()))
	q.mu.Unlock()
	j.set("created_at", q.home.now().UnixMilli())
	return j
}

// set writes a value that is known to be fit for JSON.
func (j sidekiqJob) set(key string, value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // Ruby escapes no < either
	if encoder.Encode(value) == nil {
		j[key] = bytes.TrimSpace(text.Bytes())
	}
}

func (j sidekiqJob) text() string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(j) != nil {
		return "" // its values were all read or written as JSON
	}
	return strings.TrimSpace(text.String())
}

func (j sidekiqJob) string(key string) string {
	var s string
	if json.Unmarshal(j[key], &s) != nil {
		return ""
	}
	return s
}

func (j sidekiqJob) class() string { return j.string("class") }

// args is nil for a job without a list of arguments.
func (j sidekiqJob) args() []json.RawMessage {
	var args []json.RawMessage
	if json.Unmarshal(j["args"], &args) != nil {
		return nil
	}
	return args
}

// fresh says that the job has not failed yet.
func (j sidekiqJob) fresh() bool { return j["retry_count"] == nil }

// tries is how often the job is tried again (lib/sidekiq/job_retry.rb,
// retry_attempts_from); false where it is not at all, and not kept either.
func (j sidekiqJob) tries() (int, bool) {
	const most = 25
	n, err := strconv.Atoi(string(j["retry"]))
	switch {
	case err == nil:
		return n, true
	case string(j["retry"]) == "true":
		return most, true
	}
	return 0, false
}

// failure notes an error and says how often the job has failed before.
func (j sidekiqJob) failure(e *jobError, now time.Time) int {
	count, err := strconv.Atoi(string(j["retry_count"]))
	if err != nil {
		count = 0
		j.set("failed_at", now.UnixMilli())
	} else {
		count++
		j.set("retried_at", now.UnixMilli())
	}
	j.set("retry_count", count)
	j.set("error_class", e.class)
	j.set("error_message", e.message)
	return count
}

// jobError is an exception in a job.
type jobError struct{ class, message string }

func (e *jobError) Error() string { return e.class + ": " + e.message }

func wrongArguments(given int) error {
	return &jobError{"ArgumentError", fmt.Sprintf("wrong number of arguments (given %d)", given)}
}

// asJobError gives an error of a JobFault the name of one that Mastodon's
// importing jobs really end with: a lock that they did not get.
func asJobError(err error) *jobError {
	var known *jobError
	if errors.As(err, &known) {
		return known
	}
	return &jobError{"Mastodon::RaceConditionError", err.Error()}
}

// backoff is after how long a job is tried again: in Mastodon's workers by
// app/workers/concerns/exponential_backoff.rb, otherwise by Sidekiq's own rule,
// with Sidekiq's jitter on both (lib/sidekiq/job_retry.rb).
func (q *Sidekiq) backoff(class string, count int) time.Duration {
	fourth := math.Pow(float64(count), 4)
	q.mu.Lock()
	defer q.mu.Unlock()
	seconds := 15 + fourth
	if class == fetchReplyWorker || class == deliveryWorker {
		seconds = 15 + 10*fourth + 10*fourth*q.random.Float64()
	}
	seconds += float64(q.random.IntN(10 * (count + 1)))
	return time.Duration(seconds * float64(time.Second))
}

// push adds a job to its queue, now (lib/sidekiq/client.rb, atomic_push).
func (q *Sidekiq) push(j sidekiqJob) {
	j.set("enqueued_at", q.home.now().UnixMilli())
	q.write(q.redis.SAdd("queues", j.string("queue")))
	q.write(q.redis.Lpush("queue:"+j.string("queue"), j.text()))
}

// later adds a job to a set, such as schedule: its score is a time in seconds.
func (q *Sidekiq) later(set, text string, at time.Time) {
	_, err := q.redis.ZAdd(set, score(at), text)
	q.write(0, err)
}

func score(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// write takes note of what Redis says to a write. It refuses one only where a
// client has put something of another type there, and then the job is lost, as
// on a real server.
func (q *Sidekiq) write(_ int, err error) {
	if err != nil {
		q.set(func() { q.failed++ })
	}
}
