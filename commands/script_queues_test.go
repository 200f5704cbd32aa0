package commands_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/testservers"
)

// sidekiqRedis is a real Redis in the state in which a Sidekiq leaves it. It has no
// worker and no database beside it.
type sidekiqRedis struct {
	t      testing.TB
	clock  *scriptClock
	server *testservers.Server
	client *redis.Client
}

type sidekiqRedisKey struct{}

// readerPassword is the password of a user who may only read. No output may contain
// it.
const readerPassword = "swordfish"

func setUpRedis(env *testscript.Env) {
	t, _ := env.T().(testing.TB) // testscript promises it for scripts that Run has started
	env.Values[sidekiqRedisKey{}] = &sidekiqRedis{t: t}
}

// redisCommand is the script command that changes that Redis:
//
//	redis start FILE                     starts it and writes FILE, the settings with a user who may only read
//	redis stop, redis again
//	redis process NAME VERSION N BUSY    a process with N workers is alive
//	redis do COMMAND...                  runs a command of Redis; @NOW±SECONDS in it is a time in seconds
//	redis fill QUEUE N                   puts N of Mastodon's jobs into a queue
func redisCommand(ts *testscript.TestScript, neg bool, args []string) {
	r := ts.Value(sidekiqRedisKey{}).(*sidekiqRedis)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: redis WHAT...")
	}
	if args[0] == "start" {
		r.clock = clockOf(ts)
		ts.Check(r.start(ts.MkAbs(args[1])))
		return
	}
	verb, ok := map[string]func([]string) error{
		"stop": r.stop, "again": r.again, "process": r.process, "do": r.do, "fill": r.fill,
	}[args[0]]
	if !ok || r.server == nil {
		ts.Fatalf("redis: no such word, or not started: %s", args[0])
	}
	if err := verb(args[1:]); err != nil {
		ts.Fatalf("redis %s: %v", args[0], err)
	}
}

func (r *sidekiqRedis) start(settings string) error {
	// This user may only read: a command that writes would be refused.
	r.server = testservers.StartRedis(r.t, "--user", "reader", "on", ">"+readerPassword, "~*", "+@read", "+@connection", "-@write")
	o, err := redis.ParseURL(r.server.URL)
	if err != nil {
		return err
	}
	o.DisableIdentity = true
	r.client = redis.NewClient(o)
	r.t.Cleanup(func() {
		if err := r.client.Close(); err != nil {
			r.t.Error(err)
		}
	})
	at, err := url.Parse(r.server.URL)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("LOCAL_DOMAIN=home.example\nREDIS_HOST=%s\nREDIS_PORT=%s\nREDIS_USER=reader\nREDIS_PASSWORD=%s\n", at.Hostname(), at.Port(), readerPassword)
	return os.WriteFile(settings, []byte(text), 0o600)
}

func (r *sidekiqRedis) stop([]string) error {
	r.clock.setRedisAway(true)
	r.server.Stop(r.t)
	return nil
}

func (r *sidekiqRedis) again([]string) error {
	r.server.Start(r.t)
	r.clock.setRedisAway(false)
	return nil
}

func (r *sidekiqRedis) process(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: redis process NAME VERSION N BUSY")
	}
	info := fmt.Sprintf(`{"hostname":"web","identity":%q,"concurrency":%s,"version":%q}`, args[0], args[2], args[1])
	ctx := context.Background()
	return errors.Join(r.client.SAdd(ctx, "processes", args[0]).Err(), r.client.HSet(ctx, args[0], "info", info, "busy", args[3]).Err())
}

func (r *sidekiqRedis) do(args []string) error {
	command := make([]any, len(args))
	for i, text := range args {
		before, after, found := strings.Cut(text, "@NOW")
		if found {
			seconds, rest, _ := strings.Cut(after, "s")
			shift, err := time.ParseDuration(seconds + "s")
			if err != nil {
				return err
			}
			text = fmt.Sprintf("%s%.6f%s", before, float64(r.clock.Now().Add(shift).UnixMicro())/1e6, rest)
		}
		command[i] = text
	}
	return r.client.Do(context.Background(), command...).Err()
}

// fillAtOnce is how many jobs one script adds. While it runs, Redis answers nobody,
// and after five seconds it answers BUSY to all (lua-time-limit), including this
// test.
const fillAtOnce = 20_000

// fill makes Redis itself repeat a job, which is a hundred times faster.
func (r *sidekiqRedis) fill(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: redis fill QUEUE N")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	const script = `for i = 1, ARGV[1] do redis.call('LPUSH', KEYS[1], ARGV[2]) end redis.call('SADD', 'queues', ARGV[3])`
	job := fmt.Sprintf(`{"class":"ThreadResolveWorker","args":["https://a.example/1"],"jid":"0123456789abcdef01234567","enqueued_at":%d}`, r.clock.Now().UnixMilli())
	for ; n > 0; n -= fillAtOnce {
		err := r.client.Eval(context.Background(), script, []string{"queue:" + args[0]}, min(n, fillAtOnce), job, args[0]).Err()
		if err != nil && !errors.Is(err, redis.Nil) { // the script returns nothing
			return err
		}
	}
	return nil
}
