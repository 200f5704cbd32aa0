package backfill

import (
	"cmp"

	"tootfill/backfill/fediverse"
)

// refuse is the verdict on accounts that are not to be backfilled, or not yet.
func (r *accountRun) refuse() (*verdict, error) {
	if err := r.options.Exclusions.Account(r.account.Handle, r.account.Origins()...); err != nil {
		return nil, err
	}
	if r.account.Local {
		return new(skipped(Local, "lives on "+r.s.engine.Home+", which has all of its posts", Hint{})), nil
	}
	if tag := fediverse.OptOut(r.account.Note); tag != "" {
		return new(skipped(OptedOut, optedOut(tag), Hint{})), nil
	}
	standing, err := r.askStanding()
	if err != nil {
		return nil, err
	}
	if v := r.refuseFor(standing); v != nil {
		return v, nil
	}
	return nil, r.s.rememberAccount(r, standing)
}

// refuseFor is the verdict on an account that is not to be backfilled because of how
// home, or the token's account, stands to it.
func (r *accountRun) refuseFor(standing Standing) *verdict {
	if standing.Remark != "" {
		r.s.tell(Warned{Account: r.account.Handle, Text: standing.Remark})
	}
	switch {
	case standing.Refusal != "":
		return new(skipped(cmp.Or(standing.Cause, SuspendedByHome), standing.Refusal, Hint{}))
	case standing.Blocking || standing.BlockedBy || standing.DomainBlocking:
		return new(skipped(Blocked, "it or the token's account blocks the other", Hint{}))
	case standing.allows(r.options.NotFollowed):
		return nil
	case standing.Requested:
		v := deferred(r.s.now().Add(deferral), FollowRequested, "the follow has not been accepted yet")
		v.hint = Say("the account has to accept it first")
		return &v
	}
	return new(failed(NotFollowed, "the account is not followed", Hint{Kind: FollowFirst, About: r.s.engine.Home}))
}

func optedOut(tag string) string { return "has opted out (" + tag + " in the profile)" }

// askStanding returns how home stands to the account. What speaks against it is asked
// again if that is only remembered: it may have changed.
func (r *accountRun) askStanding() (Standing, error) {
	if r.standing != nil && (!r.recalled.standing || r.standing.allows(r.options.NotFollowed)) {
		return *r.standing, nil
	}
	r.recalled.standing = false
	return r.standingNow()
}
