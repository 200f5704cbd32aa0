package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// endpointMemory is how long to remember that home offers no backfill of its
	// own.
	endpointMemory = 7 * 24 * time.Hour
	// closedMemory is the same for a home that answers as no such endpoint would,
	// for example with a maintenance page.
	closedMemory   = 24 * time.Hour
	endpointFact   = "backfill_endpoint"
	endpointNone   = "none"
	endpointClosed = "closed"
)

// requestWanted reports whether to ask home for a backfill of its own.
func (s *session) requestWanted(o Options) (bool, error) {
	switch {
	case o.Via == ViaRequest:
		return true, nil
	case o.Via != ViaAuto || s.engine.Requester == nil:
		return false, nil
	}
	none, err := NoEndpoint(s.saving, s.engine.Ledger, s.engine.Home)
	return !none, err
}

// NoEndpoint reports whether the ledger remembers that home offers no backfills of
// its own, or none to us.
func NoEndpoint(ctx context.Context, l interface {
	Recall(ctx context.Context, server, name string) (string, error)
}, home string) (bool, error) {
	known, err := l.Recall(ctx, home, endpointFact)
	if err != nil {
		return false, fmt.Errorf("recalling the endpoints of %s: %w", home, err)
	}
	return known == endpointNone || known == endpointClosed, nil
}

// leadsOn reports whether the endpoint would never give this answer to a request
// for a backfill, so there is no such endpoint for us, whatever is in its place. A
// wrong token is wrong on the other routes as well; one that may not do this may
// still do all that they need.
func leadsOn(err error) bool {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	var answer *AnswerError
	switch {
	case errors.As(err, &unauthorized):
		return unauthorized.NotForThis
	case errors.As(err, &unavailable):
		return !unavailable.Unsent
	}
	return errors.As(err, &answer)
}

// closeEndpoint remembers for a day that route request is not open, and warns of it
// once.
func (s *session) closeEndpoint(err error) error {
	if err := s.rememberEndpoint(endpointClosed, closedMemory); err != nil {
		return err
	}
	s.onceClosed.Do(func() {
		s.tell(Warned{
			Text: "route request is not open, and will not be tried for a day: " + answerIn(err),
			Hint: Hint{Kind: NextRoute},
		})
	})
	return nil
}

func (s *session) rememberEndpoint(what string, memory time.Duration) error {
	if err := s.engine.Ledger.Remember(s.saving, s.engine.Home, endpointFact, what, s.now().Add(memory)); err != nil {
		return fmt.Errorf("remembering the endpoints of %s: %w", s.engine.Home, err)
	}
	return nil
}
