package service

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// fakeBacklog is a backlog in memory.
type fakeBacklog struct {
	mu         sync.Mutex
	asked, due []fediverse.Handle
	looks      int
	err        error
}

func handle(user string) fediverse.Handle {
	return fediverse.Handle{User: user, Domain: "photos.example"}
}

// ask adds accounts that are asked for.
func (b *fakeBacklog) ask(users ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range users {
		b.asked = append(b.asked, handle(u))
	}
}

func (b *fakeBacklog) Asked(context.Context) iter.Seq2[Asked, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looks++
	asked, err := append([]fediverse.Handle(nil), b.asked...), b.err
	return func(yield func(Asked, error) bool) {
		for _, h := range asked {
			if !yield(Asked{Account: h}, nil) {
				return
			}
		}
		if err != nil {
			yield(Asked{}, err)
		}
	}
}

func (b *fakeBacklog) Due(context.Context) iter.Seq2[backfill.Deferral, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	due := append([]fediverse.Handle(nil), b.due...)
	return func(yield func(backfill.Deferral, error) bool) {
		for _, h := range due {
			if !yield(backfill.Deferral{Account: h, Wanted: &backfill.Wanted{Limit: 7, Spelling: "Due"}}, nil) {
				return
			}
		}
	}
}

// TestTargets: what is asked for comes first, each account once until something has come
// of it, and what is noted while nothing is left comes at once.
func TestTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBacklog{due: []fediverse.Handle{handle("dora")}}
		b.ask("alice", "bob")
		s := NewSource(b, backfill.SystemClock{})
		ctx, cancel := context.WithCancel(t.Context())
		next, stop := iter.Pull2(s.Targets(ctx))
		defer stop()
		want := func(user string, named bool) {
			t.Helper()
			target, err, more := next()
			if err != nil || !more || target.Handle != handle(user) || target.Named != named {
				t.Fatalf("%+v, %v, want %s", target, err, user)
			}
			if !named && (target.Wanted == nil || target.Wanted.Limit != 7 || target.Spelling != "Due") {
				t.Errorf("%s is not wanted as it was: %+v", user, target)
			}
		}
		want("alice", true)
		b.ask("carol")
		want("bob", true)
		want("carol", true)
		want("dora", false)

		// Nothing is left: it is looked for now and then, and at once when it is noted.
		go func() {
			time.Sleep(time.Second)
			b.ask("erin")
			s.Wake()
		}()
		began := time.Now()
		want("erin", true)
		if took := time.Since(began); took != time.Second {
			t.Errorf("what was noted here came after %s", took)
		}
		go func() {
			time.Sleep(time.Second)
			b.ask("frank") // by another process
		}()
		began = time.Now()
		want("frank", true)
		if took := time.Since(began); took != pollEvery {
			t.Errorf("what was noted elsewhere came after %s", took)
		}

		// What has come to its end may come again.
		s.Event(backfill.AccountFinished{Result: backfill.Result{Account: handle("bob")}})
		want("bob", true)
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		if target, err, more := next(); more {
			t.Errorf("after the end: %+v, %v", target, err)
		}
	})
}

func TestTargetsEndWithAnError(t *testing.T) {
	b := &fakeBacklog{err: errors.New("the ledger is away")}
	b.ask("alice")
	s := NewSource(b, backfill.SystemClock{})
	for range 2 { // a later run begins afresh
		var got []string
		for target, err := range s.Targets(t.Context()) {
			got = append(got, fmt.Sprintf("%s %v", target.Handle.User, err))
		}
		if fmt.Sprint(got) != "[alice <nil>  the ledger is away]" {
			t.Errorf("%q", got)
		}
	}
}
