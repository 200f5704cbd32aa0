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

// sidekiqJob is a job as stored in Redis. It keeps keys that mean nothing here, as
// Sidekiq does.
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

// set writes a value that is known to encode as JSON.
func (j sidekiqJob) set(key string, value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // Ruby does not escape < either
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

// args returns the arguments of the job; nil if it has no list of them.
func (j sidekiqJob) args() []json.RawMessage {
	var args []json.RawMessage
	if json.Unmarshal(j["args"], &args) != nil {
		return nil
	}
	return args
}

// fresh reports whether the job has never failed.
func (j sidekiqJob) fresh() bool { return j["retry_count"] == nil }

// tries returns how often the job is retried (lib/sidekiq/job_retry.rb,
// retry_attempts_from); false if it is neither retried nor kept.
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

// failure records an error and returns how often the job has failed before.
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

// asJobError gives an error from a JobFault the name of one that Mastodon's
// importing jobs really fail with: a lock that they did not get.
func asJobError(err error) *jobError {
	var known *jobError
	if errors.As(err, &known) {
		return known
	}
	return &jobError{"Mastodon::RaceConditionError", err.Error()}
}

// backoff is how long a job waits before it is retried: for Mastodon's workers by
// app/workers/concerns/exponential_backoff.rb, otherwise by Sidekiq's own rule, both
// with Sidekiq's jitter (lib/sidekiq/job_retry.rb).
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

// push adds a job to its queue at once (lib/sidekiq/client.rb, atomic_push).
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

// write takes the results of a write to Redis and counts an error as a failure.
// Redis refuses a write only if a client has put something of another type there;
// then the job is lost, as on a real server.
func (q *Sidekiq) write(_ int, err error) {
	if err != nil {
		q.set(func() { q.failed++ })
	}
}
