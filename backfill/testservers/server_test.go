package testservers_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"tootfill/backfill/testservers"
)

func TestRedis(t *testing.T) {
	s := testservers.StartRedis(t)
	o, err := redis.ParseURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries = -1
	ctx := context.Background()
	pingFor := func(d time.Duration) error {
		o.ReadTimeout = d
		c := redis.NewClient(o)
		defer c.Close()
		return c.Ping(ctx).Err()
	}
	ping := func() error { return pingFor(time.Minute) } // on a busy machine
	if err := ping(); err != nil {
		t.Fatal(err)
	}
	s.Hang(t)
	if pingFor(100*time.Millisecond) == nil {
		t.Error("a hanging server answers")
	}
	s.Wake(t)
	s.Stop(t)
	if ping() == nil {
		t.Error("a stopped server answers")
	}
	s.Start(t)
	if err := ping(); err != nil {
		t.Error(err)
	}
	s.Kill(t)
	if ping() == nil {
		t.Error("a killed server answers")
	}
}

func TestPostgres(t *testing.T) {
	s := testservers.StartPostgres(t)
	ctx := context.Background()
	do := func(sql string) error {
		c, err := pgx.Connect(ctx, s.URL)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		_, err = c.Exec(ctx, sql)
		return err
	}
	if err := do("create table a (b int)"); err != nil {
		t.Fatal(err)
	}
	s.Stop(t)
	if do("select 1") == nil {
		t.Error("a stopped server answers")
	}
	s.Start(t)
	if err := do("insert into a values (1)"); err != nil {
		t.Error("after a restart:", err)
	}
}
