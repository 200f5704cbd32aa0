package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/commands/accountlist"
)

const exceptFlag = "except"

// readExclusions reads who is left out: by the settings, and by the lists of the
// command line. Half a list is a usage error.
func (r *backfillRun) readExclusions(ctx context.Context) error {
	e := &r.options.Engine.Exclusions
	r.settings.Never.AddTo(e)
	err := accountlist.ReadExclusions(ctx, r.options.Except, r.env.Stdin, e)
	var bad *accountlist.ExclusionError
	if errors.As(err, &bad) {
		return usagef(hintText(backfill.HintOf(err)), "%v", bad)
	}
	return err
}

// readsTwice refuses standard input for two lists.
func (o backfillOptions) readsTwice() error {
	if slices.Contains(o.From, "-") && slices.Contains(o.Except, "-") {
		return usagef("put one of them into a file", "standard input can be read only once: --from - and --%s - cannot stand together", exceptFlag)
	}
	return nil
}

// exceptFinder is a finder that asks home about no address on a server that is left
// out: home would ask that server.
func exceptFinder(find finder, e *backfill.Exclusions) finder {
	return func(address string) (backfill.Target, error) {
		if err := e.Server(fediverse.HostOf(address)); err != nil {
			return backfill.Target{}, fmt.Errorf("%s is left out: %w", address, err)
		}
		return find(address)
	}
}
