package replies

import (
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// replyFilling is the filling of home with replies, which are by many people.
type replyFilling struct {
	*threads
	// host is the server of the replies; empty for any.
	host string
}

var _ backfill.Filling = (*replyFilling)(nil)

// Account stands for the authors: home need not know one of them before the others.
func (f *replyFilling) Account() fediverse.Account {
	return fediverse.Account{ID: "0", Handle: fediverse.Handle{Domain: f.host}}
}

// Context is that of the account.
func (f *replyFilling) Context() context.Context { return f.ctx }

func (f *replyFilling) OfOthers() bool { return true }

// Round comes after all rounds of posts: replies have time.
func (f *replyFilling) Round() int { return backfill.Rounds }

// Standstills is 0: nobody counts in how many runs a conversation was tried.
func (f *replyFilling) Standstills() (int, error) { return 0, nil }

// Full is false: what home holds was left out before anything is delivered.
func (f *replyFilling) Full() bool { return false }

func (f *replyFilling) Settle(posts ...backfill.KnownPost) error {
	for _, k := range posts {
		if err := f.settle(k); err != nil {
			return err
		}
	}
	return nil
}

func (f *replyFilling) SettleVain(k backfill.KnownPost) error { return f.settle(k) }

// Jobs returns none: a reply whose outcome is not known is looked for again.
func (f *replyFilling) Jobs() ([]backfill.RecordedJob, error) { return nil, nil }

func (f *replyFilling) RecordJobs([]backfill.Job) error { return nil }

// Fact is forgotten at once: what deliveries remember is about one account.
func (f *replyFilling) Fact(name string) backfill.Fact {
	return backfill.NewFact(noMemory{}, "", name, f.account.Handle)
}

func (f *replyFilling) Tell(e backfill.Event) {
	if w, ok := e.(backfill.Warned); ok && w.Account != (fediverse.Handle{}) {
		w.Account = f.account.Handle
		e = w
	}
	f.to.Filling.Tell(e)
}

func (f *replyFilling) Wait(on string, d time.Duration, reason string) error {
	return f.to.Filling.Wait(on, d, reason)
}

// noMemory remembers nothing.
type noMemory struct{}

func (noMemory) Recall(context.Context, string, string) (string, error) { return "", nil }

func (noMemory) Remember(context.Context, string, string, string, time.Time) error { return nil }
