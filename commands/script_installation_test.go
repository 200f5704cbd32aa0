package commands_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/recorded"
	"tootfill/backfill/testservers"
)

// installation is the machine of the home server: a real Redis, a real
// PostgreSQL with Mastodon's tables, and a worker for them.
type installation struct {
	t         testing.TB
	fediverse *fediverse

	redis, postgres *testservers.Server
	client          *redis.Client
	worker          *worker
}

type installationKey struct{}

// secret is the password of Redis, and also the settings' password for PostgreSQL.
// No output may ever contain it.
const secret = "hunter2"

func setUpInstallation(env *testscript.Env) {
	t, _ := env.T().(testing.TB) // testscript promises it for scripts that Run has started
	env.Values[installationKey{}] = &installation{t: t}
}

// installationCommand is the script command that changes and checks the machine
// of the home server:
//
//	installation start                starts everything; the settings are in live/.env.production, and
//	                                  GOOD_DATABASE_URL points to the database
//	installation redis|postgres stop|start
//	installation know HANDLE          home gets to know the account, and a local one follows it
//	installation member HANDLE        the same under the id that home's API gives the account, and
//	                                  it is the token's account that follows it
//	installation sql STATEMENT        changes the database
//	installation work N               lets the worker take N jobs and then stop, or "all" of them
//	installation await N              waits until it has taken N jobs in total
//	installation waiting N            waits until N of our jobs are in the queue
//	installation done N               wants N posts imported, by N jobs: none lost, none doubled
//	installation merges N             wants N jobs of MergeWorker
//	installation kill N               kills Sidekiq while it works on N jobs, and restarts it
//	installation processes 0|1        ends or starts the process of Sidekiq
func installationCommand(ts *testscript.TestScript, neg bool, args []string) {
	i := ts.Value(installationKey{}).(*installation)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: installation WHAT...")
	}
	if args[0] == "start" {
		i.fediverse = ts.Value(fediverseKey{}).(*fediverse) // before the worker, which reads it
		ts.Check(i.start(ts.MkAbs("live")))
		ts.Setenv("GOOD_DATABASE_URL", strings.Replace(i.postgres.URL, "postgres@", "postgres:"+secret+"@", 1))
		return
	}
	verb, ok := map[string]func([]string) error{
		"redis": i.server, "postgres": i.server, "know": i.know, "member": i.member, "sql": i.sql,
		"work": i.work, "await": i.await, "waiting": i.waiting, "done": i.done, "merges": i.merges, "threads": i.threads, "sidekiq": i.sidekiq,
		"kill": i.kill, "processes": i.processes,
	}[args[0]]
	if !ok || i.worker == nil {
		ts.Fatalf("installation: no such word, or not started: %s", args[0])
	}
	if err := verb(args); err != nil {
		ts.Fatalf("installation %s: %v", args[0], err)
	}
}

// start starts the servers and the worker, which end with the script.
func (i *installation) start(folder string) error {
	if err := i.startServers(folder); err != nil {
		return err
	}
	i.worker = startWorker(i)
	return i.worker.beat()
}

// startServers starts Redis and PostgreSQL, fills them and writes the settings.
func (i *installation) startServers(folder string) error {
	i.redis = testservers.StartRedis(i.t, "--requirepass", secret, "--appendonly", "yes", "--appendfsync", "always")
	i.postgres = testservers.StartPostgres(i.t)
	o, err := redis.ParseURL(i.redis.URL)
	if err != nil {
		return err
	}
	o.Password = secret
	i.client = redis.NewClient(o)
	i.t.Cleanup(func() {
		if err := i.client.Close(); err != nil {
			i.t.Error(err)
		}
	})
	if err := i.fillDatabase(); err != nil {
		return err
	}
	return i.writeSettings(folder)
}

func (i *installation) fillDatabase() error {
	schema := recorded.Schema(i.t, recorded.Mastodon46)
	_, key, err := i.fediverse.Home().InstanceKey()
	if err != nil {
		return err
	}
	return i.sql([]string{"sql", schema + `
		INSERT INTO schema_migrations VALUES ('20241007071624');
		INSERT INTO accounts (id, username) VALUES (1, 'you'), (2, 'other');
		INSERT INTO accounts (id, username, private_key) VALUES (-99, 'home.example', '` + string(key) + `');`})
}

func (i *installation) writeSettings(folder string) error {
	database, err := url.Parse(i.postgres.URL)
	if err != nil {
		return err
	}
	memory, err := url.Parse(i.redis.URL)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf("# Mastodon's settings\nLOCAL_DOMAIN=home.example\nexport DB_HOST='%s'\nDB_PORT=%s\nDB_NAME=postgres\nDB_USER=postgres\n"+
		"DB_PASS=\"%s\"\nDB_SSLMODE=disable\nREDIS_HOST=%s\nREDIS_PORT=%s\nREDIS_PASSWORD=%s\n",
		database.Hostname(), database.Port(), secret, memory.Hostname(), memory.Port(), secret)
	return os.WriteFile(folder+"/.env.production", []byte(text), 0o640)
}

func (i *installation) server(args []string) error {
	s := i.redis
	if args[0] == "postgres" {
		s = i.postgres
	}
	if args[0] == "redis" {
		defer i.fediverse.clock.setRedisAway(args[1] == "stop")
	}
	if args[1] == "stop" {
		i.worker.rest()
		s.Stop(i.t)
		return nil
	}
	s.Start(i.t)
	return nil
}

// sql runs statements, as Mastodon would change its own database.
func (i *installation) sql(args []string) error {
	return i.withDatabase(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, strings.Join(args[1:], " "), pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

func (i *installation) withDatabase(do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), longestWait)
	defer cancel()
	c, err := pgx.Connect(ctx, i.postgres.URL)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // a test's own connection
	return do(ctx, c)
}

func (i *installation) know(args []string) error {
	a, err := i.fediverse.account(args[1])
	if err != nil {
		return err
	}
	return i.withDatabase(func(ctx context.Context, c *pgx.Conn) error {
		id, err := knowAccount(ctx, c, a.URI())
		if err == nil {
			_, err = c.Exec(ctx, "INSERT INTO follows (account_id, target_account_id) VALUES (1, $1), (2, $1)", id)
		}
		return err
	})
}

// member: member HANDLE makes the database show the account as home's API does: under the
// same id, and followed by the token's account.
func (i *installation) member(args []string) error {
	a, err := i.fediverse.account(args[1])
	if err != nil {
		return err
	}
	home := i.fediverse.Home()
	return i.withDatabase(func(ctx context.Context, c *pgx.Conn) error {
		id, err := knowAccount(ctx, c, a.URI())
		if err == nil {
			_, err = c.Exec(ctx, "UPDATE accounts SET id = $1 WHERE id = $2", home.ID(a), id)
		}
		if err == nil {
			_, err = c.Exec(ctx, "INSERT INTO accounts (id, username) VALUES ($1, 'member') ON CONFLICT DO NOTHING", home.YourID())
		}
		if err == nil {
			_, err = c.Exec(ctx, "INSERT INTO follows (account_id, target_account_id) VALUES ($1, $2)", home.YourID(), home.ID(a))
		}
		return err
	})
}

// sidekiq: sidekiq VERSION sets the version of Sidekiq, by which its release of
// Mastodon is known.
func (i *installation) sidekiq(args []string) error {
	i.worker.set(func() { i.worker.version = args[1] })
	return i.worker.beat()
}

// threads: threads N wants the worker to be told once to fetch the replies to each of N
// posts, all of which are there.
func (i *installation) threads(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	var ids []int64
	i.fediverse.clock.waitFor(func() bool {
		i.worker.set(func() { ids = slices.Clone(i.worker.threads) })
		return len(ids) >= want
	})
	return i.withDatabase(func(ctx context.Context, c *pgx.Conn) error {
		var found int
		if err := c.QueryRow(ctx, "SELECT count(*) FROM statuses WHERE id = ANY($1)", ids).Scan(&found); err != nil {
			return err
		}
		if len(ids) != want || found != want {
			return fmt.Errorf("it was to fetch the replies to %d posts, of which %d are there, want %d", len(ids), found, want)
		}
		return nil
	})
}

// done: done N wants n posts of others in the database, and the same number of jobs
// taken.
func (i *installation) done(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	return i.withDatabase(func(ctx context.Context, c *pgx.Conn) error {
		var got int
		if err := c.QueryRow(ctx, "SELECT count(*) FROM statuses WHERE uri IS NOT NULL").Scan(&got); err != nil {
			return err
		}
		taken := i.worker.taken()
		if got != want || taken != want {
			return fmt.Errorf("%d posts by %d jobs, want %d", got, taken, want)
		}
		return i.worker.failure()
	})
}

func (i *installation) merges(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	got, err := i.client.LLen(context.Background(), "queue:default").Result()
	if err == nil && int(got) != want {
		err = fmt.Errorf("%d jobs of MergeWorker, want %d", got, want)
	}
	return err
}

// waiting: waiting N waits until n jobs are in the queue.
func (i *installation) waiting(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	length := func() (int64, error) { return i.client.LLen(context.Background(), "queue:pull").Result() }
	i.fediverse.clock.waitFor(func() bool {
		n, err := length()
		return err != nil || int(n) == want
	})
	n, err := length()
	if err == nil && int(n) != want {
		err = fmt.Errorf("%d jobs wait, want %d", n, want)
	}
	return err
}
