package commands

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/sandbox/fault"
)

// hastyClock never waits.
type hastyClock struct{ backfill.SystemClock }

func (hastyClock) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// Home is asked about an address as patiently as about anything else.
func TestACutConnectionLosesNoAddress(t *testing.T) {
	l := newLab(t)
	l.clock = hastyClock{}
	l.Home().Follow(l.addAccount("photos.example", "alice", 3, 0))
	var cut atomic.Int32
	l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
		if r.URL.Path == "/api/v2/search" && r.URL.Query().Get("type") == "accounts" && cut.Add(1) < 3 {
			return fault.Drop()
		}
		return nil
	})
	status, stdout, stderr := l.run("accounts", "backfill", "https://photos.example/nobody", "alice@photos.example", "--via", "resolve")
	if status != exitPartial || cut.Load() != 3 || !strings.Contains(stdout, "alice@photos.example: imported 3") ||
		!strings.Contains(stderr, "home.example finds no account at https://photos.example/nobody") {
		t.Errorf("%d after %d tries, %q, %q", status, cut.Load(), stdout, stderr)
	}
}
