package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

const (
	// threads is how many jobs run at a time: SIDEKIQ_CONCURRENCY, which defaults to
	// 5 (Mastodon config/sidekiq.yml).
	threads = 5
	// defaultRate is the jobs per second of a small server.
	defaultRate = 25
	// idlePause is how often an idle thread looks at the queues. Sidekiq's own
	// threads wait in BRPOP and are a little faster.
	idlePause = 50 * time.Millisecond
)

// Sidekiq is home's Sidekiq together with its Redis: one process of version 8.0, the
// one that Mastodon 4.5 uses. It imports posts as Mastodon's workers do, and clients
// reach it like any other Redis.
//
// What a worker is doing and the totals appear with the heartbeat, every 10 s, as on
// a real server.
type Sidekiq struct {
	home  *Home
	redis *miniredis.Miniredis
	addr  string

	mu sync.Mutex
	// identity is the name of its process, and lives counts its processes, as
	// another one can follow one that was killed. dead says that none is running.
	identity string
	started  time.Time
	lives    int
	dead     bool

	// random is for the workers. visits is for incoming jobs: nothing else draws
	// from it, so that the traffic is the same each time.
	random, visits *rand.Rand

	paused  bool
	traffic bool
	away    bool
	rate    float64
	fault   JobFault
	// working holds what each thread is working on, by the thread's name.
	working map[string]work
	// taken counts the jobs taken for the first time, by class.
	taken  map[string]int
	merges []Merge
	// processed and failed count since the last heartbeat.
	processed, failed int
	beaten            time.Time
}

// JobFault sees a job before its worker does. If it returns an error, the job fails
// with that error and is retried later, as in Sidekiq.
type JobFault func(class string, args []json.RawMessage) error

// Merge is a merge of an account's posts into the home timeline of a follower, both
// given by their ids on home.
type Merge struct {
	Account, Follower int64
}

// Sidekiq starts home's Sidekiq at the first call and returns the same one from then
// on. It ends with the sandbox. Jobs still waiting then are kept in Options.Dir for
// the next start; a killed process loses them.
func (h *Home) Sidekiq() (*Sidekiq, error) {
	h.sidekiqMu.Lock()
	defer h.sidekiqMu.Unlock()
	if h.sidekiq != nil {
		return h.sidekiq, nil
	}
	q := newSidekiq(h)
	if err := q.listen(); err != nil {
		return nil, err
	}
	if err := q.restore(); err != nil {
		q.redis.Close()
		return nil, err
	}
	if !h.sandbox.enter() {
		q.redis.Close()
		return nil, errors.New("starting Sidekiq: the sandbox is closed")
	}
	q.beat()
	go q.run(h.sandbox.ctx)
	h.sidekiq = q
	return q, nil
}

func newSidekiq(h *Home) *Sidekiq {
	q := &Sidekiq{
		home: h, redis: miniredis.NewMiniRedis(), started: h.now(), beaten: h.now(), rate: defaultRate,
		traffic: !h.sandbox.empty, working: make(map[string]work), taken: make(map[string]int),
	}
	q.random, q.visits = randomOf(HomeDomain), randomOf("visits of "+HomeDomain)
	q.identity = q.newIdentity()
	q.addQueues()
	if q.traffic {
		q.addHistory()
	}
	return q
}

// randomOf returns a generator that draws the same numbers for the same seed. Only
// the first 32 bytes of the seed count.
func randomOf(seed string) *rand.Rand {
	var bytes [32]byte
	copy(bytes[:], seed)
	return rand.New(rand.NewChaCha8(bytes))
}

// listen starts Redis: on loopback, or in memory if the sandbox is.
func (q *Sidekiq) listen() error {
	if q.home.sandbox.addr == "" {
		return nil
	}
	if err := q.redis.StartAddr("127.0.0.1:0"); err != nil {
		return fmt.Errorf("starting Redis for the sandbox: %w", err)
	}
	q.addr = q.redis.Addr()
	return nil
}

// run works until ctx ends.
func (q *Sidekiq) run(ctx context.Context) {
	defer q.home.sandbox.work.Done()
	var all sync.WaitGroup
	for n := range threads {
		all.Go(q.home.sandbox.holding(func() { q.thread(ctx, fmt.Sprintf("t%d", n+1)) }))
	}
	all.Go(q.home.sandbox.holding(func() { q.every(ctx, beatPause, q.beat) }))
	all.Go(q.home.sandbox.holding(func() { q.every(ctx, pollPause, q.poll) }))
	all.Go(q.home.sandbox.holding(func() { q.every(ctx, trafficPause, q.visit) }))
	all.Wait()
	q.redis.Close()
	q.keep()
}

// every calls do after each pause until ctx ends.
func (q *Sidekiq) every(ctx context.Context, pause time.Duration, do func()) {
	for q.home.sandbox.clock.Wait(ctx, pause) == nil {
		do()
	}
}

// Addr is the address of its Redis, 127.0.0.1:port; empty with InMemory.
func (q *Sidekiq) Addr() string { return q.addr }

// URL is the address as REDIS_URL has it; empty with InMemory.
func (q *Sidekiq) URL() string {
	if q.addr == "" {
		return ""
	}
	return "redis://" + q.addr + "/0"
}

// DialContext connects to its Redis, whatever the address. It needs no socket
// with InMemory.
func (q *Sidekiq) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	q.mu.Lock()
	away := q.away
	q.mu.Unlock()
	if away || q.home.sandbox.ctx.Err() != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	if q.addr == "" {
		return q.redis.Dial()
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", q.addr)
}

// newIdentity draws a name for a process. With mu held.
func (q *Sidekiq) newIdentity() string {
	return fmt.Sprintf("%s:%d:%012x", HomeDomain, processID+q.lives, q.random.Uint64()>>16)
}

// waiting lists the jobs of a queue, the newest first.
func (q *Sidekiq) waiting(queue string) []string {
	list, err := q.redis.List("queue:" + queue)
	if err != nil {
		return nil // an empty list does not exist
	}
	return list
}
