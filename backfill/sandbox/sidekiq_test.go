package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/sidekiq"
)

// startSidekiq starts home's Sidekiq and a client for it.
func (w *world) startSidekiq() (*Sidekiq, *sidekiq.Sidekiq) {
	w.t.Helper()
	q, err := w.Home().Sidekiq()
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := sidekiq.Open(w.t.Context(), sidekiq.Options{
		Redis: sidekiq.Redis{Network: "tcp", Address: "redis.example:6379"}, Dial: q.DialContext,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return q, c
}

// inBubble runs a test on an empty sandbox in memory, in simulated time.
func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{Empty: true, InMemory: true})
		t.Cleanup(w.close)
		f(t, w)
	})
}

// push pushes the job for a post, with its object if there is one.
func (w *world) push(c *sidekiq.Sidekiq, uri string, object []byte) backfill.Job {
	w.t.Helper()
	j, err := c.Prepare(w.t.Context(), uri, object)
	if err == nil {
		err = c.Push(w.t.Context(), []backfill.Job{j})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return j.Pushed(time.Now())
}

func (w *world) place(c *sidekiq.Sidekiq, j backfill.Job) backfill.JobPlace {
	w.t.Helper()
	places, err := c.Where(w.t.Context(), []backfill.Job{j})
	if err != nil {
		w.t.Fatal(err)
	}
	return places[j.JID]
}

func (w *world) overview(c *sidekiq.Sidekiq) sidekiq.Overview {
	w.t.Helper()
	o, err := c.Overview(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// document is a post as a page of an outbox carries it, with the page's context.
func (p *Post) document(t *testing.T, alter ...func(object)) []byte {
	t.Helper()
	o := p.account.origin
	o.mu.Lock()
	doc := withContext(p.object())
	o.mu.Unlock()
	for _, a := range alter {
		a(doc)
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What a FetchReplyWorker accepts.
func TestSidekiqImports(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		h := w.Home()
		o, other := w.AddOrigin("photos.example"), w.AddOrigin("notes.example")
		a, b := o.AddAccount(Profile{Username: "alice"}), other.AddAccount(Profile{Username: "bob"})
		h.Know(a)
		h.Know(b)
		day := 0
		add := func(by *Account) *Post {
			day++
			return by.AddPost(Note{Published: time.Date(1999, 1, day, 8, 0, 0, 0, time.UTC)})
		}
		set := func(key string, v any) func(object) { return func(doc object) { doc[key] = v } }
		fetched, inline, gone, buried, banned := add(a), add(a), add(a), add(a), add(b)
		gone.Vanish()
		h.Bury(buried.URI())
		h.SuspendDomain("notes.example")
		strange, contextless, foreign, odd, string1 := add(a), add(a), add(a), add(a), add(a)
		q, c := w.startSidekiq()
		for _, tc := range []struct {
			name     string
			post     *Post
			object   []byte
			imported bool
		}{
			{"by its URL", fetched, nil, true},
			{"inline", inline, inline.document(t), true},
			{"gone, by its URL", gone, nil, false},
			{"gone, inline", gone, gone.document(t), true},
			{"another id", strange, inline.document(t), false},
			{"no context", contextless, contextless.document(t, set("@context", "https://example.com/ns")), false},
			{"the context alone", string1, string1.document(t, set("@context", asContext)), true},
			{"by another server's account", foreign, foreign.document(t, set("attributedTo", b.URI())), false},
			{"an unknown type", odd, odd.document(t, set("type", "Listen")), false},
			{"a tombstone", buried, buried.document(t), false},
			{"a suspended server", banned, banned.document(t), false},
		} {
			before := o.RequestCount()
			j := w.push(c, tc.post.URI(), tc.object)
			time.Sleep(2 * time.Second)
			if got := h.holds(tc.post.URI()); got != tc.imported {
				t.Errorf("%s: imported %t", tc.name, got)
			}
			if n := o.RequestCount() - before; tc.object != nil && n > 0 {
				t.Errorf("%s: %d requests to the origin", tc.name, n)
			}
			w.place(c, j)
			time.Sleep(30 * time.Second)
			if got := w.place(c, j); got != backfill.JobGone {
				t.Errorf("%s: its job is in place %d", tc.name, got)
			}
		}
		for _, i := range h.Imports() {
			if i.Via != viaSidekiq {
				t.Errorf("%s came via %s", i.URI, i.Via)
			}
		}
		if n := q.Pushed()[fetchReplyWorker]; n != 11 {
			t.Errorf("pushed %d", n)
		}
		if o := w.overview(c); o.Processed != 11 || o.Failed != 0 || o.Retry+o.Dead+o.Scheduled != 0 {
			t.Errorf("overview: %+v", o)
		}
	})
}

// The job fetches an author that home does not know.
func TestSidekiqUnknownAuthor(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		o := w.AddOrigin("photos.example")
		a := o.AddAccount(Profile{Username: "alice"})
		a.Fill(20, time.Time{}, time.Hour)
		q, c := w.startSidekiq()
		q.SetRate(0)
		for _, p := range a.Posts() {
			w.push(c, p.URI(), p.document(t))
		}
		time.Sleep(5 * time.Second)
		handle, err := fediverse.ParseHandle("alice@photos.example")
		if err != nil {
			t.Fatal(err)
		}
		account, err := w.Home().Database().Account(t.Context(), handle)
		if err != nil || account.URI != a.URI() {
			t.Errorf("the author: %+v, %v", account, err)
		}
		if n := len(w.Home().Held(a)); n != 20 {
			t.Errorf("%d held", n)
		}
	})
}

// A secure origin answers the job, because home signs its requests.
func TestSidekiqSigns(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		o := w.AddOrigin("closed.example")
		o.SetHidden(true)
		p := o.AddAccount(Profile{Username: "secret"}).AddPost(Note{Published: time.Date(1999, 1, 1, 8, 0, 0, 0, time.UTC)})
		_, c := w.startSidekiq()
		w.push(c, p.URI(), nil)
		time.Sleep(2 * time.Second)
		if !w.Home().holds(p.URI()) {
			t.Error("not imported")
		}
	})
}

// A failing job is retried three times, at growing intervals, and is then dead.
func TestSidekiqRetries(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		p := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"}).AddPost(Note{Published: time.Date(1999, 1, 1, 8, 0, 0, 0, time.UTC)})
		q, c := w.startSidekiq()
		q.SetRate(0)
		var tries []time.Time
		q.SetJobFault(func(class string, args []json.RawMessage) error {
			if class != fetchReplyWorker || len(args) != 2 {
				t.Errorf("a job of %s with %s", class, args)
			}
			q.mu.Lock()
			defer q.mu.Unlock()
			tries = append(tries, time.Now())
			return errors.New("the lock was not free")
		})
		j := w.push(c, p.URI(), nil)
		time.Sleep(time.Second)
		if got := w.place(c, j); got != backfill.JobRetrying {
			t.Errorf("after the first try it is in place %d", got)
		}
		time.Sleep(15 * time.Minute)
		if got := w.place(c, j); got != backfill.JobDead {
			t.Errorf("after the last try it is in place %d", got)
		}
		if len(tries) != 4 {
			t.Fatalf("%d tries", len(tries))
		}
		// exponential_backoff.rb and Sidekiq's jitter, and the pause of the poller
		for i, bounds := range [][2]time.Duration{{15, 25 + 6}, {25, 35 + 20 + 6}, {175, 335 + 30 + 6}} {
			if gap := tries[i+1].Sub(tries[i]); gap < bounds[0]*time.Second || gap > bounds[1]*time.Second {
				t.Errorf("pause %d was %s", i+1, gap)
			}
		}
		o := w.overview(c)
		if o.Failed != 4 || o.Processed != 4 || o.Dead != 1 || o.Retry != 0 || o.FailedToday != 4 {
			t.Errorf("overview: %+v", o)
		}
		if n := q.Pushed()[fetchReplyWorker]; n != 1 {
			t.Errorf("pushed %d", n)
		}
	})
}

// What Ruby would refuse fails.
func TestSidekiqWrongJobs(t *testing.T) {
	for name, tc := range map[string]struct {
		job   string
		retry bool
		dead  bool
	}{
		"not JSON":          {`{"class":`, false, true},
		"no object":         {`[1]`, false, true},
		"no retry":          {`{"class":"FetchReplyWorker","queue":"pull","args":[1],"jid":"a","retry":false}`, false, false},
		"retry unsaid":      {`{"class":"FetchReplyWorker","queue":"pull","args":[],"jid":"a"}`, false, false},
		"no try left":       {`{"class":"FetchReplyWorker","queue":"pull","args":[],"jid":"a","retry":0}`, false, true},
		"unknown class":     {`{"class":"StatusReviveWorker","queue":"pull","args":[],"jid":"a","retry":3}`, true, false},
		"unknown option":    {`{"class":"FetchReplyWorker","queue":"pull","args":["https://x.example/1",{"force":true}],"jid":"a","retry":3}`, true, false},
		"options a list":    {`{"class":"FetchReplyWorker","queue":"pull","args":["https://x.example/1",[]],"jid":"a","retry":3}`, true, false},
		"body an object":    {`{"class":"FetchReplyWorker","queue":"pull","args":["https://x.example/1",{"prefetched_body":{}}],"jid":"a","retry":3}`, true, false},
		"three arguments":   {`{"class":"FetchReplyWorker","queue":"pull","args":["https://x.example/1",{},1],"jid":"a","retry":3}`, true, false},
		"merge of one":      {`{"class":"MergeWorker","queue":"default","args":[1],"jid":"a","retry":true}`, true, false},
		"merge of tags":     {`{"class":"MergeWorker","queue":"default","args":[1,2,"tags"],"jid":"a","retry":true}`, true, false},
		"merge of nobodies": {`{"class":"MergeWorker","queue":"default","args":[1,2],"jid":"a","retry":true}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				q, c := w.startSidekiq()
				if _, err := q.redis.Lpush("queue:pull", tc.job); err != nil {
					t.Fatal(err)
				}
				time.Sleep(11 * time.Second)
				o := w.overview(c)
				if (o.Retry == 1) != tc.retry || (o.Dead == 1) != tc.dead || o.Processed != 1 {
					t.Errorf("%+v", o)
				}
				if o.Failed != 1 && name != "merge of nobodies" {
					t.Errorf("%d failed", o.Failed)
				}
			})
		})
	}
}

func TestSidekiqMerge(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
		w.Home().Follow(a)
		q, c := w.startSidekiq()
		account, err := w.Home().Database().Known(t.Context(), a.Handle())
		if err != nil {
			t.Fatal(err)
		}
		followers, err := w.Home().Database().Followers(t.Context(), account)
		if err != nil || len(followers) != 1 {
			t.Fatal(followers, err)
		}
		if err := c.MergeHome(t.Context(), account, followers); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		merges := q.Merges()
		if len(merges) != 1 || formatID(merges[0].Account) != account.ID || merges[0].Follower != followers[0] {
			t.Errorf("merges: %v", merges)
		}
		if q.Pushed()[mergeWorker] != 1 {
			t.Errorf("pushed: %v", q.Pushed())
		}
	})
}

// A job shows up with the heartbeat only while it is being worked on.
func TestSidekiqHeartbeat(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		p := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"}).AddPost(Note{Published: time.Date(1999, 1, 1, 8, 0, 0, 0, time.UTC)})
		q, c := w.startSidekiq()
		o := w.overview(c)
		if o.Version != "8.0.9" || o.Workers != 5 || o.Busy != 0 || o.Processes != 1 || len(o.Queues) != 7 {
			t.Errorf("at first: %+v", o)
		}
		q.Pause()
		j := w.push(c, p.URI(), nil)
		time.Sleep(3 * time.Second)
		if got := w.place(c, j); got != backfill.JobWaiting {
			t.Errorf("in place %d", got)
		}
		if o := w.overview(c); o.Ours != 1 || o.Queues[4].Name != "pull" || o.Queues[4].Size != 1 || o.Queues[4].Latency < 2*time.Second {
			t.Errorf("while it waits: %+v", o)
		}
		q.SetRate(0.1) // a job takes between 25 and 75 s
		q.Resume()
		time.Sleep(12 * time.Second)
		busy, err := q.redis.HKeys(q.identity + ":work")
		if err != nil || len(busy) != 1 || w.overview(c).Busy != 1 || w.place(c, j) != backfill.JobWorking {
			t.Errorf("while it is worked on: %v, %v, %+v", busy, err, w.overview(c))
		}
		time.Sleep(90 * time.Second)
		if q.redis.Exists(q.identity+":work") || w.overview(c).Busy != 0 || !q.redis.Exists(q.identity) {
			t.Error("after that it is still worked on, or the process is gone")
		}
		if o := w.overview(c); o.Processed != 1 || o.ProcessedToday != 1 {
			t.Errorf("in the end: %+v", o)
		}
	})
}

// The server keeps its rate.
func TestSidekiqRate(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, _ := w.startSidekiq()
		for n := range 1000 {
			q.push(q.newJob("pull", linkCrawlWorker, 0, n))
		}
		time.Sleep(20 * time.Second)
		if left := len(q.waiting("pull")); left < 400 || left > 600 {
			t.Errorf("after 20 s at 25 a second %d of 1000 are left", left)
		}
		q.SetRate(0)
		time.Sleep(time.Second)
		if left := len(q.waiting("pull")); left != 0 {
			t.Errorf("without a limit %d are left", left)
		}
	})
}

// A full queue with a large weight does not starve pull.
func TestSidekiqWeights(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, _ := w.startSidekiq()
		for n := range 2000 {
			q.push(q.newJob("pull", linkCrawlWorker, 0, n))
			q.push(q.newJob("default", "FeedInsertWorker", true, n))
		}
		time.Sleep(36 * time.Second) // some 900 jobs
		pull, other := 2000-len(q.waiting("pull")), 2000-len(q.waiting("default"))
		if pull < 50 || other < 5*pull {
			t.Errorf("%d of pull and %d of default were done", pull, other)
		}
	})
}

// The demo world's queues are busy, but do not overflow.
func TestSidekiqTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{InMemory: true})
		t.Cleanup(w.close)
		q, c := w.startSidekiq()
		first := w.overview(c)
		if first.Processed < 1_000_000 || first.ProcessedToday == 0 || first.Retry == 0 || first.Dead == 0 || first.Scheduled == 0 {
			t.Errorf("at first: %+v", first)
		}
		sizes, most := map[int64]bool{}, int64(0)
		for range 300 {
			time.Sleep(2 * time.Second)
			all := int64(0)
			for _, queue := range w.overview(c).Queues {
				all += queue.Size
			}
			sizes[all], most = true, max(most, all)
		}
		if len(sizes) < 10 || most < 30 || most > 400 {
			t.Errorf("%d different sizes, up to %d", len(sizes), most)
		}
		last := w.overview(c)
		if done := last.Processed - first.Processed; done < 1000 || last.Failed == first.Failed || last.Ours != 0 {
			t.Errorf("in the end: %+v", last)
		}
		for _, class := range []string{"ActivityPub::ProcessingWorker", "FeedInsertWorker", deliveryWorker} {
			if q.Pushed()[class] == 0 {
				t.Errorf("no %s", class)
			}
		}
		p := w.Account("gallery@photos.example").Posts()[40]
		w.push(c, p.URI(), p.document(t))
		time.Sleep(time.Minute)
		if !w.Home().holds(p.URI()) {
			t.Error("our job is not done")
		}
	})
}

// What is waiting when the sandbox closes is there at the next start.
func TestSidekiqKeeps(t *testing.T) {
	dir := t.TempDir()
	var want []string
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{Empty: true, InMemory: true, Dir: dir})
		a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
		a.Fill(30, time.Time{}, time.Hour)
		q, c := w.startSidekiq()
		q.SetRate(0.05) // a job takes at least 50 s
		q.push(q.newJob("pull", linkCrawlWorker, 0, 1))
		for _, p := range a.Posts() {
			w.push(c, p.URI(), nil)
			want = append(want, p.URI())
		}
		var failures atomic.Int32
		q.SetJobFault(func(string, []json.RawMessage) error {
			failures.Add(1)
			return errors.New("no")
		})
		time.Sleep(2 * time.Minute) // some have failed and wait again, some are in progress
		if n := failures.Load(); n < 2 {
			t.Errorf("%d have failed", n)
		}
		w.close()
	})
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{Empty: true, InMemory: true, Dir: dir})
		t.Cleanup(w.close)
		a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
		a.Fill(30, time.Time{}, time.Hour)
		w.startSidekiq()
		time.Sleep(20 * time.Minute)
		held := w.Home().Held(a)
		slices.Sort(held)
		slices.Sort(want)
		if !slices.Equal(held, want) {
			t.Errorf("%d of %d were imported", len(held), len(want))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{Empty: true, InMemory: true, Dir: dir})
		t.Cleanup(w.close)
		q, _ := w.startSidekiq()
		if n := q.Pushed()[fetchReplyWorker]; n != 0 {
			t.Errorf("%d jobs were taken up twice", n)
		}
	})
}

// Over a socket: Redis goes away and comes back, and nothing is left over.
func TestSidekiqOnLoopback(t *testing.T) {
	sidekiq.SilenceClient()
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	a.Fill(10, time.Time{}, time.Hour)
	q, err := w.Home().Sidekiq()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.Home().Sidekiq(); again != q || err != nil {
		t.Errorf("the second call: %p, %v", again, err)
	}
	q.SetRate(0)
	address, err := sidekiq.ParseURL(q.URL())
	if err != nil || address.Address != q.Addr() {
		t.Fatalf("%s: %v, %v", q.URL(), address, err)
	}
	c, err := sidekiq.Open(t.Context(), sidekiq.Options{Redis: address})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	q.GoAway()
	var away *backfill.UnavailableError
	if _, err := c.Latency(t.Context()); !errors.As(err, &away) {
		t.Errorf("while it is away: %v", err)
	}
	if err := q.ComeBack(); err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 100)
	q.SetJobFault(func(_ string, args []json.RawMessage) error {
		done <- string(args[0])
		return nil
	})
	for _, p := range a.Posts() {
		w.push(c, p.URI(), p.document(t))
	}
	got := map[string]bool{}
	for range a.Posts() {
		got[strings.Trim(<-done, `"`)] = true
	}
	for _, p := range a.Posts() {
		if !got[p.URI()] {
			t.Errorf("%s was not taken", p.URI())
		}
	}
}

func TestSidekiqAfterClose(t *testing.T) {
	w := open(t, Options{Empty: true, InMemory: true})
	w.close()
	if q, err := w.Home().Sidekiq(); err == nil || q != nil {
		t.Errorf("a closed sandbox starts Sidekiq: %v, %v", q, err)
	}
}

// All setters while it is working, for the race detector.
func TestSidekiqConcurrently(t *testing.T) {
	w := begin(t, Options{})
	q, c := w.startSidekiq()
	q.SetRate(0)
	posts := w.Account("ana@words.example").Posts()
	done := make(chan error)
	for n := range 4 {
		go func() {
			for i := range 10 {
				j, err := c.Prepare(context.Background(), posts[n*10+i].URI(), nil)
				if err == nil {
					err = c.Push(context.Background(), []backfill.Job{j})
				}
				if err == nil {
					_, err = c.Overview(context.Background())
				}
				if err != nil {
					done <- fmt.Errorf("job %d: %w", i, err)
					return
				}
				q.Pause()
				q.beat()
				q.poll()
				q.SetTraffic(i%2 == 0)
				q.SetJobFault(nil)
				_, _ = q.Pushed(), q.Merges()
				q.Resume()
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestQueueWeights(t *testing.T) {
	w := open(t, Options{Empty: true, InMemory: true})
	defer w.close()
	q := newSidekiq(w.Home())
	first := map[string]int{}
	for range 2300 {
		q.mu.Lock()
		order := q.drawOrder()
		q.mu.Unlock()
		if len(order) != len(queueWeights) {
			t.Fatalf("order %v", order)
		}
		first[order[0]]++
	}
	for _, w := range queueWeights {
		if n := first[w.name]; n < 70*w.weight || n > 130*w.weight {
			t.Errorf("%s came first %d times of 2300", w.name, n)
		}
	}
	if names := slices.Sorted(maps.Keys(first)); len(names) != 7 {
		t.Errorf("first were %v", names)
	}
}

// A job cut short by the end of the sandbox is kept.
func TestSidekiqCutShort(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{Empty: true, InMemory: true, Dir: dir})
		o := w.AddOrigin("photos.example")
		p := o.AddAccount(Profile{Username: "alice"}).AddPost(Note{Published: time.Date(1999, 1, 1, 8, 0, 0, 0, time.UTC)})
		o.SetLatency(8 * time.Second)
		q, c := w.startSidekiq()
		q.SetRate(0)
		w.push(c, p.URI(), nil)
		time.Sleep(4 * time.Second)
		if o.RequestCount() == 0 {
			t.Error("the job has not begun")
		}
		w.close()
		if w.Home().holds(p.URI()) {
			t.Error("the job was done")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{Empty: true, InMemory: true, Dir: dir})
		t.Cleanup(w.close)
		q, _ := w.startSidekiq()
		if n := q.Pushed()[fetchReplyWorker]; n != 1 {
			t.Errorf("%d jobs are there", n)
		}
	})
}

// An incomplete file of kept jobs is an error, and stays where it is.
func TestSidekiqKeptDamaged(t *testing.T) {
	dir := t.TempDir()
	w := open(t, Options{Empty: true, InMemory: true, Dir: dir})
	defer w.close()
	name := filepath.Join(dir, keptName)
	if err := os.WriteFile(name, []byte(`[{"job":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if q, err := w.Home().Sidekiq(); err == nil || q != nil || !strings.Contains(err.Error(), name) {
		t.Errorf("%v, %v", q, err)
	}
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}

// Workers put jobs into the sets while the poller reads them.
func TestSchedulingWhilePolling(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, _ := w.startSidekiq()
		const jobs = 300
		var all sync.WaitGroup
		all.Go(func() {
			for n := range jobs {
				q.later("schedule", fmt.Sprintf(`{"class":"LinkCrawlWorker","args":[%d]}`, n), q.home.now().Add(time.Hour))
			}
		})
		for range jobs {
			q.poll()
		}
		all.Wait()
		if got := len(q.entries("schedule")); got != jobs {
			t.Errorf("schedule has %d jobs, want %d", got, jobs)
		}
	})
}
