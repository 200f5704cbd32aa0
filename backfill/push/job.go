package push

import (
	"time"

	"tootfill/backfill"
)

// goneGrace is how long a job must be nowhere before it counts as done: a job that
// a worker has just taken shows with the next heartbeat, every 10 s (Sidekiq
// lib/sidekiq/launcher.rb), and a slow import takes some 30 s.
const goneGrace = 60 * time.Second

// job is a job whose outcome is not known, with the post that it is about.
type job struct {
	backfill.Job
	post backfill.KnownPost
	// place is where it was at the last look, and since when it was first seen
	// there.
	place backfill.JobPlace
	since time.Time
	// seen says that it was seen somewhere after it was pushed, so it was pushed.
	seen bool
	// told says that its trouble has been reported.
	told bool
	// alive are the processes that were alive when it was pushed, and again says
	// that it was lost with one of them and was pushed once more.
	alive []string
	again bool
}

// isUnpushed reports whether it may never have been pushed.
func (j *job) isUnpushed() bool { return j.State == backfill.JobMaybePushed && !j.seen }

// isTraceless reports whether the job has been nowhere for so long that it is done
// or lost.
func (j *job) isTraceless(now time.Time) bool {
	return j.place == backfill.JobGone && now.Sub(j.since) >= goneGrace
}
