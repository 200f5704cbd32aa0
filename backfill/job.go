package backfill

import "time"

// Job is a job of home's Sidekiq that has home take in a post.
type Job struct {
	JID string
	URI string
	// Payload is the job exactly as it stands in the queue.
	Payload []byte
	State   JobState
	// PushedAt is when it was pushed or, if it only may have been, when the push
	// began; zero if that is not known.
	PushedAt time.Time
}

// Pushed is j after a push at a time.
func (j Job) Pushed(at time.Time) Job {
	j.State, j.PushedAt = JobPushed, at
	return j
}

// JobState is what we know of whether a job was pushed.
type JobState int

// The states of a job.
const (
	// JobPrepared: it was certainly not pushed.
	JobPrepared JobState = iota
	// JobMaybePushed: a crash or a lost answer has left it open.
	JobMaybePushed
	JobPushed
)

// RecordedJob is a job that an earlier process has recorded, with what is known of
// its post.
type RecordedJob struct {
	Job
	Post KnownPost
}

// JobPlace is where a job is.
type JobPlace int

// The places of a job.
const (
	// JobGone: it is nowhere; it has been done, or was lost.
	JobGone JobPlace = iota
	JobWaiting
	JobWorking
	// JobRetrying: it has failed and will be tried again.
	JobRetrying
	// JobDead: it has failed for good.
	JobDead
)

// WorkerProcess is a process of Sidekiq.
type WorkerProcess struct {
	// Identity is unique to it: a restarted process has another one.
	Identity string
	// Imports says that it works on the queue into which our jobs go.
	Imports bool
}
