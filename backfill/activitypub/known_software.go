package activitypub

import (
	"context"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	softwareFact = "nodeinfo"
	// maxSoftware is the length of the longest name and version that are kept, in
	// bytes.
	maxSoftware = 512
)

// recallSoftware returns what a host runs, if an earlier process has learnt it.
func (r *Reader) recallSoftware(ctx context.Context, host string) (s fediverse.Software, found bool, err error) {
	if r.options.Memory == nil {
		return s, false, nil
	}
	value, err := r.options.Memory.Recall(ctx, host, softwareFact)
	if err != nil {
		return s, false, fmt.Errorf("recalling the software of %s: %w", host, err)
	}
	s, found = backfill.ReadFact[fediverse.Software](value, maxSoftware)
	if !found || s.Name == "" {
		return fediverse.Software{}, false, nil
	}
	r.hosts.remember(host, s)
	return s, true, nil
}

func (r *Reader) rememberSoftware(ctx context.Context, host string, s fediverse.Software) error {
	if r.options.Memory == nil {
		return nil
	}
	value := backfill.FactText(s, maxSoftware)
	if value == "" {
		return nil // it is asked again
	}
	if err := r.options.Memory.Remember(ctx, host, softwareFact, value, r.options.Clock.Now().Add(factMemory)); err != nil {
		return fmt.Errorf("remembering the software of %s: %w", host, err)
	}
	return nil
}
