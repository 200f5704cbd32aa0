package mastodon

import (
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

func TestAHomeThatTellsNoURIsIsUnsupported(t *testing.T) {
	const posts, found = "GET /api/v1/accounts/7/statuses", "GET /api/v2/search"
	with := map[string]string{
		posts: `[{"id":"2","uri":null,"account":{"id":"7"}},{"id":"1","uri":"u1","account":{"id":"7"}}]`,
		found: `{"statuses":[{"id":"1","url":"u","account":{"id":"7"}}]}`,
	}
	without := map[string]string{posts: `[{"id":"1","url":"u1","account":{"id":"7"}}]`, found: with[found]}
	held := func(s *Server) error {
		_, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, time.Time{}, "")
		return err
	}
	imported := func(s *Server) error {
		_, err := s.Import(t.Context(), "u")
		return err
	}
	for name, c := range map[string]struct {
		bodies      map[string]string
		ask         []func(*Server) error
		unsupported bool
	}{
		"its list":                      {without, []func(*Server) error{held}, true},
		"its search":                    {without, []func(*Server) error{imported}, true},
		"an odd post in its list":       {with, []func(*Server) error{held}, false},
		"an odd answer after good ones": {with, []func(*Server) error{held, imported}, false},
		"an empty list":                 {map[string]string{posts: `[]`, found: `{"statuses":[]}`}, []func(*Server) error{held, imported}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(c.bodies))
			var err error
			for _, ask := range c.ask {
				err = ask(s)
			}
			var unsupported *backfill.UnsupportedError
			if errors.As(err, &unsupported) != c.unsupported {
				t.Errorf("error %v", err)
			}
			if errors.Is(err, backfill.ErrRefused) && c.unsupported {
				t.Errorf("the post is told as refused: %v", err)
			}
		})
	}
}
