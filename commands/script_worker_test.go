package commands_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// worker takes FetchReplyWorker jobs as Mastodon's Sidekiq does and adds the posts
// to the database.
type worker struct {
	i *installation
	// ctx ends with the script; all are the goroutines that end with it.
	ctx context.Context
	all sync.WaitGroup
	// database is the worker's connection, once it has one; only run uses it.
	database *pgx.Conn

	mu   sync.Mutex
	cond *sync.Cond
	// left is how many jobs it may still take; less than 0 for all.
	left  int
	ended bool
	// working says that it looks for a job, or has one.
	working bool
	// deaths counts how often the process was killed.
	deaths int
	// uris are those of the jobs taken so far.
	uris []string
	// threads are the ids of the posts whose replies it was to fetch.
	threads []int64
	// version is that of Sidekiq; empty for 8.0.9, that of Mastodon 4.5.
	version string
	err     error
}

// startWorker starts a worker that waits for permission to work. It ends with the
// script.
func startWorker(i *installation) *worker {
	w := &worker{i: i}
	w.cond = sync.NewCond(&w.mu)
	ctx, cancel := context.WithCancel(context.Background())
	w.ctx = ctx
	i.fediverse.clock.askBusy(w.hasWork)
	w.all.Go(func() {
		w.run(ctx)
		if w.database != nil {
			_ = w.database.Close(context.WithoutCancel(ctx)) // it may already be gone
		}
	})
	i.t.Cleanup(func() {
		cancel()
		w.set(func() { w.ended = true })
		w.all.Wait()
	})
	return w
}

func (w *worker) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.cond.Broadcast()
}

// rest stops the worker after its current job.
func (w *worker) rest() { w.set(func() { w.left = 0 }) }

func (w *worker) taken() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.uris)
}

// failure is what made the worker stop.
func (w *worker) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// beat writes what a Sidekiq 8 reports about itself (lib/sidekiq/launcher.rb); here
// it lasts as long as the script, or until it is killed.
func (w *worker) beat() error {
	ctx, c, name := context.Background(), w.i.client, w.identity()
	_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, "processes", name)
		p.SAdd(ctx, "queues", "default", "push", "ingress", "mailers", "pull", "scheduler", "fasp")
		p.HSet(ctx, name, "info", `{"identity":"`+name+`","version":"`+w.release()+`","concurrency":5}`, "concurrency", 5, "busy", 0)
		return nil
	})
	return err
}

// identity is the name of the process, which changes with each death.
func (w *worker) identity() string { return fmt.Sprintf("home:%d:0123456789ab", w.deaths+1) }

// release is the version of Sidekiq.
func (w *worker) release() string { return cmp.Or(w.version, "8.0.9") }

// beatLife is how long a heartbeat counts (lib/sidekiq/launcher.rb).
const beatLife = time.Minute

// die keeps the process's entry for as long as its last heartbeat counts.
func (w *worker) die() {
	name := w.identity()
	w.deaths++
	letGo := w.i.fediverse.clock.Hold()
	w.all.Go(func() {
		defer letGo()
		if w.i.fediverse.clock.Wait(w.ctx, beatLife) != nil {
			return // the script has ended
		}
		if err := w.i.client.Del(w.ctx, name).Err(); err != nil {
			w.set(func() { w.err = err })
		}
	})
}

// kill: kill N kills the process while it works on n jobs, and starts another one.
func (i *installation) kill(args []string) error {
	n, err := number(args, 1)
	if err != nil {
		return err
	}
	for range n {
		if err := i.client.RPop(context.Background(), "queue:pull").Err(); err != nil {
			return err
		}
	}
	i.worker.die()
	return i.worker.beat()
}

// processes: processes 0 ends the process, and processes 1 starts one.
func (i *installation) processes(args []string) error {
	if args[1] == "0" {
		return i.client.Del(context.Background(), i.worker.identity()).Err()
	}
	return i.worker.beat()
}

// run takes jobs one by one while it may work. Looking for one in vain does not touch
// the clock: it looks so often that the clock would never be quiet enough to jump.
func (w *worker) run(ctx context.Context) {
	for w.mayWork() {
		w.set(func() { w.working = true })
		text, err := w.i.client.RPop(ctx, "queue:pull").Result()
		if errors.Is(err, redis.Nil) {
			w.set(func() { w.working = false })
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Millisecond):
			}
			continue
		}
		letGo := w.i.fediverse.clock.Hold()
		if err == nil {
			err = w.take(ctx, text)
		}
		w.set(func() { w.working = false })
		letGo()
		if err != nil && ctx.Err() == nil {
			w.set(func() { w.err, w.ended = err, true })
		}
	}
}

// mayWork waits for permission to take a job; false at the end.
func (w *worker) mayWork() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.left == 0 && !w.ended {
		w.cond.Wait()
	}
	return !w.ended
}

// hasWork says whether the worker has a job, or there is one that it may take.
func (w *worker) hasWork() bool {
	w.mu.Lock()
	may, working := w.left != 0 && !w.ended, w.working
	w.mu.Unlock()
	if working || !may {
		return working
	}
	n, err := w.i.client.LLen(w.ctx, "queue:pull").Result()
	return err == nil && n > 0 // without Redis it cannot work
}

// take does what FetchReplyWorker does, and notes the jobs for FetchAllRepliesWorker.
func (w *worker) take(ctx context.Context, text string) error {
	var job struct {
		Class string
		Queue string
		Args  []json.RawMessage
		JID   string
	}
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	if job.Class == "ActivityPub::FetchAllRepliesWorker" && job.Queue == "pull" && len(job.Args) == 2 && string(job.Args[1]) == "{}" {
		var id int64
		err := json.Unmarshal(job.Args[0], &id)
		w.set(func() { w.threads = append(w.threads, id) })
		return err
	}
	if job.Class != "FetchReplyWorker" || job.Queue != "pull" || len(job.Args) != 2 || len(job.JID) != 24 {
		return fmt.Errorf("no job for FetchReplyWorker: %s", text)
	}
	var uri string
	var options struct {
		Body string `json:"prefetched_body"`
	}
	if err := errors.Join(json.Unmarshal(job.Args[0], &uri), json.Unmarshal(job.Args[1], &options)); err != nil {
		return err
	}
	author, err := authorOf(uri, options.Body)
	if err != nil {
		return err
	}
	c, err := w.connect(ctx)
	if err != nil {
		return err
	}
	id, err := knowAccount(ctx, c, author)
	if err == nil {
		_, err = c.Exec(ctx, "INSERT INTO statuses (uri, account_id) VALUES ($1, $2)", uri, id)
	}
	w.set(func() {
		w.uris = append(w.uris, uri)
		if w.left > 0 {
			w.left--
		}
	})
	return err
}

// connect returns the worker's connection to the database, and a new one after the
// database was down.
func (w *worker) connect(ctx context.Context) (*pgx.Conn, error) {
	if w.database != nil && w.database.Ping(ctx) == nil {
		return w.database, nil
	}
	c, err := pgx.Connect(ctx, w.i.postgres.URL)
	if err != nil {
		return nil, err
	}
	w.database = c
	return c, nil
}

// authorOf checks an object as Mastodon does
// (app/services/fetch_remote_status_service.rb) and returns its author. Without an
// object, the author follows from the sandbox's addresses.
func authorOf(uri, body string) (string, error) {
	if body == "" {
		author, _, _ := strings.Cut(uri, "/statuses/")
		return author, nil
	}
	var object struct {
		Context      json.RawMessage `json:"@context"`
		ID           string          `json:"id"`
		AttributedTo string          `json:"attributedTo"`
	}
	if err := json.Unmarshal([]byte(body), &object); err != nil {
		return "", err
	}
	id, err := url.Parse(object.ID)
	if err != nil {
		return "", err
	}
	author, err := url.Parse(object.AttributedTo)
	if err != nil {
		return "", err
	}
	if object.ID != uri || id.Host != author.Host || !strings.Contains(string(object.Context), "https://www.w3.org/ns/activitystreams") {
		return "", fmt.Errorf("Mastodon would not take the object of %s: %s", uri, body)
	}
	return object.AttributedTo, nil
}

// knowAccount returns the id of an account of the sandbox, and adds the account if
// it is new.
func knowAccount(ctx context.Context, c *pgx.Conn, uri string) (id int64, err error) {
	err = c.QueryRow(ctx, "SELECT id FROM accounts WHERE uri = $1", uri).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	u, err := url.Parse(uri)
	if err != nil {
		return 0, err
	}
	name := u.Path[strings.LastIndex(u.Path, "/")+1:]
	err = c.QueryRow(ctx, `INSERT INTO accounts (id, username, domain, uri, url)
		VALUES ((SELECT greatest(max(id), 100) + 1 FROM accounts), $1, $2, $3, $4) RETURNING id`,
		name, u.Host, uri, "https://"+u.Host+"/@"+name).Scan(&id)
	return id, err
}

// work: work N lets the worker take n more jobs; work all, all of them.
func (i *installation) work(args []string) error {
	n := -1
	if args[1] != "all" {
		var err error
		if n, err = number(args, 1); err != nil {
			return err
		}
	}
	i.worker.set(func() { i.worker.left = n })
	return nil
}

// await: await N waits until the worker has taken n jobs in total.
func (i *installation) await(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	w := i.worker
	stop := time.AfterFunc(longestWait, func() {
		w.set(func() {
			w.err, w.ended = fmt.Errorf("only %d jobs were taken within %s", len(w.uris), longestWait), true
		})
	})
	defer stop.Stop()
	defer i.fediverse.clock.scriptWaits(func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.uris) >= want || w.ended
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.uris) < want && !w.ended {
		w.cond.Wait()
	}
	return w.err
}
