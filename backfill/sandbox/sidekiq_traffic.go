package sandbox

import (
	"encoding/json"
	"fmt"
	"time"
)

// trafficPause is how often other jobs come in.
const trafficPause = 500 * time.Millisecond

// otherWork is what a server does all day besides our work.
var otherWork = [...]struct {
	queue, class string
	retry        any
	share        int
}{
	{"ingress", "ActivityPub::ProcessingWorker", 8, 10},
	{"default", "FeedInsertWorker", true, 6},
	{"default", "LocalNotificationWorker", true, 2},
	{"default", "PushUpdateWorker", 0, 2},
	{"push", deliveryWorker, 16, 5},
	{"pull", linkCrawlWorker, 0, 2},
	{"pull", "ThreadResolveWorker", 3, 2},
	{"mailers", "ActionMailer::MailDeliveryJob", 16, 1},
	{"scheduler", "Scheduler::IndexingScheduler", 0, 1},
	{"fasp", "Fasp::AnnounceContentLifecycleEventWorker", 3, 1},
}

// visit lets a few jobs come in, and now and then those of a post that goes out to
// many servers.
func (q *Sidekiq) visit() {
	q.mu.Lock()
	resting := !q.traffic || q.away
	few, burst := q.visits.IntN(6), q.visits.IntN(24) == 0
	q.mu.Unlock()
	if resting {
		return
	}
	for range few {
		q.pushOther()
	}
	if !burst {
		return
	}
	for n := range 90 {
		q.push(q.delivery(n))
	}
	for range 15 {
		q.push(q.newJob("default", "FeedInsertWorker", true, q.home.now().UnixMilli()<<16, 1, "home"))
	}
}

// pushOther pushes one job, drawn according to the shares.
func (q *Sidekiq) pushOther() {
	all := 0
	for _, o := range otherWork {
		all += o.share
	}
	q.mu.Lock()
	n := q.visits.IntN(all)
	q.mu.Unlock()
	for _, o := range otherWork {
		if n -= o.share; n >= 0 {
			continue
		}
		if o.class == deliveryWorker {
			q.push(q.delivery(-n))
		} else {
			q.push(q.newJob(o.queue, o.class, o.retry, q.home.now().UnixMilli()<<16))
		}
		return
	}
}

// delivery is a delivery to one of many servers; one of them does not answer.
func (q *Sidekiq) delivery(n int) sidekiqJob {
	inbox := fmt.Sprintf("https://server%d.example/inbox", n)
	if n == 7 {
		inbox = deafInbox
	}
	return q.newJob("push", deliveryWorker, 16, "{}", 1, inbox, map[string]any{})
}

const deafInbox = "https://deaf.example/inbox"

// pass does the jobs of other workers, which leave nothing behind here. A class
// that Mastodon does not have fails.
func pass(class string, args []json.RawMessage) error {
	for _, o := range otherWork {
		if o.class != class {
			continue
		}
		var inbox string
		if class == deliveryWorker && len(args) > 2 && json.Unmarshal(args[2], &inbox) == nil && inbox == deafInbox {
			return &jobError{"HTTP::TimeoutError", "connecting to " + inbox + " timed out"}
		}
		return nil
	}
	return &jobError{"NameError", "uninitialized constant " + class}
}

// addQueues tells Redis the names of the queues.
func (q *Sidekiq) addQueues() {
	for _, w := range queueWeights {
		q.write(q.redis.SAdd("queues", w.name))
	}
}

// addHistory gives the demo world's Sidekiq a past: totals, jobs to be retried, jobs
// given up, and some that wait for their time.
func (q *Sidekiq) addHistory() {
	now := q.home.now()
	q.addTotals(now, 18_402, 37)
	q.write(q.redis.Incr("stat:processed", 1_284_310))
	q.write(q.redis.Incr("stat:failed", 9_120))
	deaf := &jobError{"HTTP::TimeoutError", "connecting to " + deafInbox + " timed out"}
	for n := range 4 {
		j := q.delivery(7)
		j.failure(deaf, now)
		q.later("retry", j.text(), now.Add(time.Duration(n+1)*17*time.Second))
	}
	for n := range 3 {
		j := q.delivery(7)
		j.failure(deaf, now)
		q.later("dead", j.text(), now.Add(-time.Duration(n+1)*26*time.Hour))
	}
	for n := range 6 {
		q.later("schedule", q.newJob("pull", linkCrawlWorker, 0, n).text(), now.Add(time.Duration(n*9)*time.Second))
	}
	for range 12 {
		q.pushOther()
	}
}
