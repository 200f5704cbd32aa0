package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/commands/report"
)

const (
	newFollowsFlag  = "new-follows"
	sinceFollowFlag = "since-follow"
)

// readSinceFollow reads how far back new follows reach.
func (o *backfillOptions) readSinceFollow(c *cli.Context, now time.Time) (err error) {
	if c.IsSet(sinceFollowFlag) && !o.NewFollows {
		return usagef("add --new-follows", "--since-follow is only for new follows")
	}
	o.SinceFollow, err = readWhen(c, sinceFollowFlag, now)
	return err
}

// mayTakeNewFollows leaves the new follows out where that is not switched on, and
// says so. It returns false if nothing else is to be done.
func (r *backfillRun) mayTakeNewFollows() bool {
	if !r.options.NewFollows || r.settings.Automatic.On {
		return true
	}
	r.notice("--new-follows is off: " + switchOn(r.settings.Automatic.OffBy))
	r.options.NewFollows = false
	return r.options.hasSource()
}

// switchOn says how to switch new follows on.
func switchOn(offBy string) string {
	if offBy != "" {
		return "there is " + offBy + "; set it to true"
	}
	return "set BACKFILL_ENABLED=true in the environment or in Mastodon's .env.production, or automatic = true in the config file"
}

// notice tells people something that is no warning.
func (r *backfillRun) notice(text string) {
	if !r.options.Quiet {
		r.report.Notice("tootfill: " + text)
	}
}

// newFollows are the accounts that were followed since the last run. It listens to
// what comes of them: then they are no longer new.
type newFollows struct {
	home.NewFollows
	backfill.Listener
	// known are the targets of accounts that home's API has just described, which
	// saves asking for them again.
	known map[fediverse.Handle]backfill.Target
	// failed is the first error of noting what came of an account.
	failed error
}

// mostKnown bounds the accounts whose descriptions are kept.
const mostKnown = 400

// followPages is the list of accounts that the token's account follows, page by page.
type followPages interface {
	AccountID() string
	// FollowingCount is how many accounts it follows, home's own included.
	FollowingCount() int
	// FollowPage is a page of them, or what was followed after the follow with an id.
	FollowPage(ctx context.Context, after int64, cursor string, warn func(text string)) (home.FollowPage, error)
}

// takeNewFollows makes the run take the new follows.
func (r *backfillRun) takeNewFollows(sys *system) error {
	n := &newFollows{Listener: sys.listener, known: make(map[fediverse.Handle]backfill.Target)}
	n.Ledger, n.FirstLook = sys.ledger, r.firstLook
	if r.options.DryRun {
		n.Ledger = &home.DryFollows{FollowLedger: sys.ledger}
	}
	switch {
	case sys.home == nil:
		n.List = "everybody"
		n.Source = home.WholeServer{
			Table: sys.database, Host: sys.homeName, Clock: sys.clock, Since: r.options.SinceFollow, Patience: sys.patience,
			Warn: func(text string) { r.warned(text, backfill.Hint{}) },
		}
	case !r.options.SinceFollow.IsZero():
		return usagef("on the server's own machine, without a token, its database tells them", "--since-follow: the API of %s tells no dates of follows", sys.homeName)
	default:
		n.List = sys.home.AccountID()
		n.Source = home.OnePerson{Page: r.followPages(sys), Count: sys.home.FollowingCount(), Host: sys.homeName, Clock: sys.clock, Seen: n.keep(sys)}
	}
	sys.listener, r.follows = n, n
	return nil
}

func (r *backfillRun) followPages(sys *system) func(ctx context.Context, after int64, cursor string) (home.FollowPage, error) {
	warn := func(text string) { r.warned(text, backfill.Hint{}) }
	return func(ctx context.Context, after int64, cursor string) (home.FollowPage, error) {
		return backfill.Asked(ctx, sys.patience, func() (home.FollowPage, error) {
			return sys.home.FollowPage(ctx, after, cursor, warn)
		})
	}
}

// keep keeps what home's API says of accounts, unless its database says more.
func (n *newFollows) keep(sys *system) func([]fediverse.Account) {
	return func(accounts []fediverse.Account) {
		for _, a := range accounts {
			if sys.database == nil && len(n.known) < mostKnown {
				n.known[a.Handle] = sys.targetOf(a, homeList{standing: &backfill.Standing{Following: true}})
			}
		}
	}
}

// accounts looks for new follows, and yields their accounts.
func (n *newFollows) accounts(ctx context.Context) candidates {
	return func(yield func(candidate, error) bool) {
		for f, err := range n.Accounts(ctx) {
			target, known := n.known[f.Account]
			if !known {
				target.Handle = f.Account
			}
			if !yield(candidate{Target: target}, err) || err != nil {
				return
			}
		}
	}
}

// Event notes that something has come of an account. An account whose backfill was
// interrupted, or broke off with the run, stays new.
func (n *newFollows) Event(e backfill.Event) {
	n.Listener.Event(e)
	finished, ok := e.(backfill.AccountFinished)
	if !ok {
		return
	}
	result := finished.Result
	broken := result.Status == backfill.FailedAccount && result.Cause == "" && result.RetryAt.IsZero()
	if result.Status == backfill.Interrupted || broken {
		return
	}
	if err := n.Ledger.SettleFollow(context.Background(), n.List, result.Account); err != nil && n.failed == nil {
		n.failed = fmt.Errorf("recording the result of %s: %w", result.Account, err)
	}
}

// firstLook says what the first run leaves out.
func (r *backfillRun) firstLook(leftOut int) {
	which := "the accounts"
	if leftOut != home.Uncounted {
		which = report.Plural(leftOut, "account", "accounts")
	}
	text := "the first run with --new-follows leaves out " + which + " followed before now"
	if !r.options.SinceFollow.IsZero() {
		text = "the first run with --new-follows leaves out " + which + " followed before --since-follow"
	}
	r.notice(text + "; --following takes them")
}
