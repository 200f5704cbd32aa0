package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
)

// testGoingAway restarts the server under a database that is in use.
func testGoingAway(t *testing.T, i *installation) {
	d := i.unchanged(t)
	useAll(t, d)
	i.Stop(t)
	i.Start(t)
	// All connections are broken, but no caller has to know.
	if held, err := d.HeldURIs(t.Context(), []string{"https://photos.example/p/1"}); err != nil || len(held) != 1 {
		t.Errorf("after a restart: %v, %v", held, err)
	}
	useAll(t, d)

	began, ended := make(chan struct{}), make(chan error)
	go func() {
		var once sync.Once
		_, err := read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) (int, error) {
			once.Do(func() { close(began) })
			_, err := tx.Exec(ctx, "SELECT pg_sleep(60)")
			return 0, err
		})
		ended <- err
	}()
	<-began
	i.Stop(t)
	err := <-ended
	var unavailable *backfill.UnavailableError
	if !errors.As(err, &unavailable) {
		t.Errorf("in the middle of a question: %v", err)
	}
	_, err = d.HeldURIs(t.Context(), []string{"x"})
	if !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("without a server: %v", err)
	}
	i.Start(t)
	if held, err := d.HeldURIs(t.Context(), []string{"https://photos.example/p/1"}); err != nil || len(held) != 1 {
		t.Errorf("with the server back: %v, %v", held, err)
	}
}

// useAll opens all connections at once.
func useAll(t *testing.T, d *Database) {
	t.Helper()
	var all, done sync.WaitGroup
	all.Add(maxConns)
	for range maxConns {
		done.Go(func() {
			var once sync.Once
			_, err := read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) (one int, err error) {
				once.Do(all.Done)
				all.Wait()
				err = tx.QueryRow(ctx, "SELECT 1").Scan(&one)
				return one, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
}
