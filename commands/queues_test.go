package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/commands/report"
)

// emptyLedger has nothing in it.
type emptyLedger struct{}

func (emptyLedger) Standing(context.Context, time.Time) (report.LedgerState, error) {
	return report.LedgerState{}, nil
}

func (emptyLedger) Deferred(context.Context) iter.Seq2[backfill.Deferral, error] {
	return func(func(backfill.Deferral, error) bool) {}
}

func TestWatchEndsOnTERMAsOtherCommandsDo(t *testing.T) {
	watched := func(t *testing.T, signal syscall.Signal) error {
		ctx, cancel := context.WithCancelCause(t.Context())
		view := report.NewQueues(report.QueuesOptions{Streams: report.Streams{Stdout: io.Discard}, Interval: time.Second},
			report.QueuesSource{Ledger: emptyLedger{}, Clock: backfill.SystemClock{}})
		done := make(chan error)
		go func() { done <- showQueues(ctx, view, true) }()
		time.Sleep(time.Second)
		cancel(&Interrupted{Signal: signal})
		return <-done
	}
	synctest.Test(t, func(t *testing.T) {
		var asked *Interrupted
		if err := watched(t, syscall.SIGTERM); !errors.As(err, &asked) || asked.Signal != syscall.SIGTERM {
			t.Errorf("TERM: %v", err)
		}
		if err := watched(t, syscall.SIGINT); err != nil {
			t.Errorf("^C: %v", err)
		}
	})
}

func TestQueuesOptions(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"queues", "pull"}, "queues takes no arguments"},
		{[]string{"queues", "--interval", "5s"}, "--interval does nothing without --watch"},
		{[]string{"queues", "--watch", "--interval", "1ms"}, "--interval must be at least 100ms"},
		{[]string{"queues", "--watch", "--interval", "five"}, `invalid value "five" for --interval`},
		{[]string{"queues", "--sidekiq"}, "no Redis is configured"},
		{[]string{"queues", "--env-file", "/nowhere"}, "/nowhere"},
	}
	for _, tt := range tests {
		var stdout, stderr bytes.Buffer
		env := Env{Args: tt.args, Stdout: &stdout, Stderr: &stderr, Clock: backfill.SystemClock{}, Getenv: func(name string) string {
			return map[string]string{"TOOTFILL_STATE": t.TempDir(), "HOME": t.TempDir()}[name]
		}}
		status := Run(t.Context(), env)
		if status == exitDone || stdout.Len() > 0 || !strings.Contains(stderr.String(), "tootfill: error: ") || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%v: %d, %q, %q", tt.args, status, stdout.String(), stderr.String())
		}
	}
}
