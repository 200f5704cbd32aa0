package commands

import (
	"context"
	"errors"
	"math"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/commands/report"
)

// planFrom is the number of requests to home above which a run is shown beforehand.
const planFrom = 5000

// errDeclined says that somebody has declined the plan. They know.
var errDeclined = errors.New("the plan was declined")

// plan shows what a big run will take before it begins, and asks at a terminal whether to
// go on. It returns the targets of the run.
func (r *backfillRun) plan(limits timeLimits, sys *system, engine *backfill.Engine) (targets, error) {
	open := func(ctx context.Context) candidates { return r.candidates(ctx, sys) }
	pace := sys.pace()
	if !r.mayBeBig(pace) {
		r.report.Expect(report.Expectation{Pace: pace})
		return r.found(limits.lists, sys, open(limits.lists)), nil
	}
	most := math.MaxInt
	if sys.home != nil && r.options.asksHome() {
		most = aheadOfAPI
	}
	ahead := readAhead(limits.lists, r.env.Clock, most, open)
	plan, err := r.foresee(limits.run, engine, ahead)
	if err == nil {
		plan.Home, plan.Pace, plan.Listed = sys.homeName, pace, r.listed(sys)
		r.report.Expect(report.Expectation{Accounts: max(plan.Accounts, plan.Listed), Sure: plan.All && !ahead.hasAddresses(), Pace: pace})
		err = r.agreed(limits, plan, sys.countGrant)
	}
	if err != nil {
		ahead.close()
		return nil, err
	}
	return r.found(limits.lists, sys, ahead.all), nil
}

// mayBeBig reports whether a run may need a plan, by the command line alone.
func (r *backfillRun) mayBeBig(pace limit.Pace) bool {
	o := r.options
	onlyNamed := len(o.From) == 0 && !o.asksHome() && !o.Due
	switch {
	case o.Quiet, o.DryRun:
		return false
	case onlyNamed && o.Engine.Limit > 0 && len(o.Names)*o.Engine.Limit*2 <= planFrom:
		return false
	}
	return r.withinTime(math.MaxInt, pace) > planFrom
}

// withinTime is how many of so many requests --max-time leaves time for.
func (r *backfillRun) withinTime(requests int, pace limit.Pace) int {
	if r.settings.MaxTime == 0 || pace.PerSecond() == 0 {
		return requests
	}
	return int(min(float64(requests), pace.PerSecond()*r.settings.MaxTime.Seconds()))
}

// listed is how many accounts the lists have, as far as home has said that already.
func (r *backfillRun) listed(sys *system) int {
	if r.options.Following && sys.home != nil {
		return sys.home.FollowingCount()
	}
	return 0
}

// foresee estimates what the candidates that were read ahead will take. Nobody is asked
// whose an address is: it counts as an account on its server.
func (r *backfillRun) foresee(ctx context.Context, engine *backfill.Engine, ahead *candidatesAhead) (report.Plan, error) {
	plan := report.Plan{All: ahead.atEnd && ahead.err == nil, MaxTime: r.settings.MaxTime}
	seen := make(map[string]struct{}, len(ahead.held))
	for _, c := range ahead.held {
		if ctx.Err() != nil {
			return plan, nil // the run itself says what comes of that
		}
		name := c.address
		if name == "" {
			name = c.Handle.String()
		} else {
			c.Handle = fediverse.Handle{Domain: fediverse.HostOf(name)}
		}
		if _, twice := seen[name]; twice {
			continue
		}
		seen[name] = struct{}{}
		if err := engine.Foresee(ctx, c.Target, &plan.Forecast); err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// agreed shows a plan, if it is that of a big run. The error says that the run is not to
// begin. countGrant is what would make the plan more exact; "" if nothing is missing.
func (r *backfillRun) agreed(limits timeLimits, plan report.Plan, countGrant string) error {
	if limits.run.Err() != nil || !r.isBig(plan) {
		return nil
	}
	r.notice(plan.String())
	if countGrant != "" && (plan.AtMost || plan.Uncounted > 0) {
		r.report.Event(backfill.Warned{
			Text: "Mastodon's database does not let tootfill read how many posts accounts have",
			Hint: backfill.Hint{Kind: backfill.Grant, About: countGrant},
		})
	}
	if r.options.Yes || !r.canAsk() {
		return nil
	}
	yes, err := r.report.Ask(limits.run, r.env.Stdin, "Go on?")
	switch {
	case limits.user.Err() != nil:
		return err
	case yes:
		return nil
	case err != nil && !errors.Is(err, backfill.ErrOutOfTime):
		return err
	}
	r.notice("nothing was done")
	return errDeclined
}

// unknownPosts is how many posts an account is taken to have of which nobody knows how
// many there are.
const unknownPosts = 500

func (r *backfillRun) isBig(plan report.Plan) bool {
	whole := plan.Whole()
	return r.withinTime(whole.Requests+whole.Uncounted*unknownPosts, plan.Pace) > planFrom
}

// canAsk reports whether somebody can be asked. A list of accounts may come from the
// terminal, too.
func (r *backfillRun) canAsk() bool {
	return !slices.Contains(r.options.From, "-") && r.env.streams(r.options.NoColor).CanAsk(r.env.Stdin)
}
