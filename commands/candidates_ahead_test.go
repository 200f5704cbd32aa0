package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// numbered are n accounts, and then an error if there is one. Each takes a while to come.
func numbered(n int, err error, each time.Duration) func(context.Context) candidates {
	return func(ctx context.Context) candidates {
		return func(yield func(candidate, error) bool) {
			for i := range n {
				if (backfill.SystemClock{}).Wait(ctx, each) != nil {
					yield(candidate{}, context.Cause(ctx))
					return
				}
				if !yield(candidate{Target: backfill.Target{Handle: fediverse.Handle{User: fmt.Sprint(i), Domain: "photos.example"}}}, nil) {
					return
				}
			}
			if err != nil {
				yield(candidate{}, err)
			}
		}
	}
}

func taken(all candidates) (names string, err error) {
	var users []string
	for c, failed := range all {
		if failed != nil {
			return strings.Join(users, " "), failed
		}
		users = append(users, c.Handle.User)
	}
	return strings.Join(users, " "), nil
}

func TestCandidatesReadAheadComeOnceAndInOrder(t *testing.T) {
	broken := errors.New("the list breaks off")
	for name, c := range map[string]struct {
		n, most int
		err     error
		each    time.Duration
		held    int
		atEnd   bool
	}{
		"all":               {n: 5, most: math.MaxInt, held: 5, atEnd: true},
		"none":              {n: 0, most: math.MaxInt, atEnd: true},
		"some":              {n: 5, most: 3, held: 3},
		"one that fails":    {n: 5, most: math.MaxInt, err: broken, held: 5, atEnd: true},
		"one to fail later": {n: 5, most: 2, err: broken, held: 2},
		"slowly":            {n: 5, most: math.MaxInt, each: 12 * time.Second, held: 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			a := readAhead(t.Context(), backfill.SystemClock{}, c.most, numbered(c.n, c.err, c.each))
			if len(a.held) != c.held || a.atEnd != c.atEnd {
				t.Errorf("%s: %d are held, at the end: %v", name, len(a.held), a.atEnd)
			}
			if took := time.Since(began); took > aheadTime {
				t.Errorf("%s: it took %v", name, took)
			}
			want := strings.Join(strings.Fields("0 1 2 3 4")[:c.n], " ")
			if got, err := taken(a.all); got != want || !errors.Is(err, c.err) {
				t.Errorf("%s: %q, %v, want %q", name, got, err, want)
			}
		})
	}
}

// A run that ends early, or does not begin, ends the list, too: synctest would find what
// is left behind.
func TestCandidatesReadAheadEndWithTheRun(t *testing.T) {
	for name, end := range map[string]func(*candidatesAhead){
		"declined": (*candidatesAhead).close,
		"ended early": func(a *candidatesAhead) {
			for range a.all {
				break
			}
		},
		"ended in the rest": func(a *candidatesAhead) {
			n := 0
			for range a.all {
				if n++; n == 4 {
					break
				}
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := readAhead(t.Context(), backfill.SystemClock{}, 2, numbered(1000, nil, time.Hour))
			if len(a.held) != 0 {
				t.Errorf("%s: %d are held", name, len(a.held))
			}
			end(a)
		})
	}
}

// The error with which a list ends because the time is up reaches the run.
func TestCandidatesReadAheadAreInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { end(backfill.ErrOutOfTime) })
		a := readAhead(ctx, backfill.SystemClock{}, math.MaxInt, numbered(10, nil, time.Hour))
		if got, err := taken(a.all); got != "" || !errors.Is(err, backfill.ErrOutOfTime) {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// However long a list is, what is held is bounded.
func TestCandidatesReadAheadAreBounded(t *testing.T) {
	const size = 10000
	for name, c := range map[string]candidate{
		"long profiles": {Target: backfill.Target{Account: &fediverse.Account{Note: strings.Repeat("x", size)}}},
		"long lines":    {address: "https://photos.example/a", weight: size},
	} {
		a := readAhead(t.Context(), backfill.SystemClock{}, math.MaxInt, func(context.Context) candidates {
			return func(yield func(candidate, error) bool) {
				for yield(c, nil) {
				}
			}
		})
		if n := len(a.held); n > aheadRoom/size || n < aheadRoom/size/2 {
			t.Errorf("%s: %d are held", name, n)
		}
		a.close()
	}
}
