package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// keptName is the file in Options.Dir that holds the jobs still waiting when the
// sandbox ended.
const keptName = "sidekiq.json"

// keptJob is a job that waits in a queue, or in a set until a certain time.
type keptJob struct {
	Set string    `json:"set,omitempty"`
	At  time.Time `json:"at,omitzero"`
	Job string    `json:"job"`
}

// keeps reports whether a job is worth keeping; those that come and go by themselves
// are not.
func keeps(text string) bool {
	j, err := readJob(text)
	return err == nil && (j.class() == fetchReplyWorker || j.class() == mergeWorker)
}

// keep writes the waiting jobs, the oldest first, once all threads have ended.
// Closing the sandbox reports any error.
func (q *Sidekiq) keep() {
	dir := q.home.sandbox.dir
	if dir == "" {
		return
	}
	err := writeKept(filepath.Join(dir, keptName), q.keptJobs())
	if err != nil {
		q.home.mu.Lock()
		defer q.home.mu.Unlock()
		q.home.journalErr = errors.Join(q.home.journalErr, err)
	}
}

func (q *Sidekiq) keptJobs() []keptJob {
	var kept []keptJob
	for _, w := range queueWeights {
		list := q.waiting(w.name)
		for i := len(list) - 1; i >= 0; i-- {
			if keeps(list[i]) {
				kept = append(kept, keptJob{Job: list[i]})
			}
		}
	}
	for _, set := range [...]string{"retry", "dead"} {
		for _, e := range q.entries(set) {
			if keeps(e.text) {
				kept = append(kept, keptJob{Set: set, At: time.UnixMicro(int64(e.score * 1e6)), Job: e.text})
			}
		}
	}
	return kept
}

func writeKept(name string, kept []keptJob) error {
	if len(kept) == 0 {
		return nil
	}
	data, err := json.Marshal(kept)
	if err == nil {
		err = os.WriteFile(name+".new", data, 0o600)
	}
	if err == nil {
		err = os.Rename(name+".new", name) // never half a file
	}
	if err != nil {
		return fmt.Errorf("keeping the jobs of the sandbox's Sidekiq: %w", err)
	}
	return nil
}

// restore puts the kept jobs back. It removes the file, so that no other process
// does the same.
func (q *Sidekiq) restore() error {
	if q.home.sandbox.dir == "" {
		return nil
	}
	name := filepath.Join(q.home.sandbox.dir, keptName)
	data, err := readKept(name)
	if data == nil && err == nil {
		return nil
	}
	var kept []keptJob
	if err == nil {
		err = json.Unmarshal(data, &kept)
	}
	if err == nil {
		err = os.Remove(name)
	}
	if err != nil {
		return fmt.Errorf("reading the jobs of the sandbox's Sidekiq in %s: %w", name, err)
	}
	for _, k := range kept {
		if k.Set != "" {
			q.later(k.Set, k.Job, k.At)
		} else if j, err := readJob(k.Job); err == nil {
			q.write(q.redis.Lpush("queue:"+j.string("queue"), k.Job))
		}
	}
	return nil
}
