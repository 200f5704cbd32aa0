package home

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill"
)

// wholeListMemory is how long a list of follows that was read to its end need not be
// read as a whole, as long as it has as many accounts.
const wholeListMemory = 24 * time.Hour

// wholeList remembers how many accounts a list of follows had when all of it was read.
type wholeList struct {
	memory     backfill.Memory
	clock      backfill.Clock
	host, name string
	count      string
}

func (p OnePerson) whole(n NewFollows) wholeList {
	return wholeList{memory: n.Ledger, clock: p.Clock, host: p.Host, name: "whole list of follows " + n.List, count: strconv.Itoa(p.Count)}
}

// isKnown reports whether it was read of late, and has had as many accounts since.
func (w wholeList) isKnown(ctx context.Context) (bool, error) {
	before, err := w.memory.Recall(ctx, w.host, w.name)
	if err != nil {
		return false, fmt.Errorf("recalling how many are followed: %w", err)
	}
	return before == w.count, nil
}

func (w wholeList) remember(ctx context.Context) error {
	if err := w.memory.Remember(ctx, w.host, w.name, w.count, w.clock.Now().Add(wholeListMemory)); err != nil {
		return fmt.Errorf("remembering how many are followed: %w", err)
	}
	return nil
}
