package home

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"tootfill/backfill/fediverse"
)

// remembered gives the same answer to every question.
type remembered struct {
	value string
	err   error
}

func (r remembered) Recall(context.Context, string, string) (string, error) { return r.value, r.err }

func TestOpenRoutes(t *testing.T) {
	old := fediverse.Software{Name: "mastodon", Version: "3.5.3"}
	for _, tt := range []struct {
		ways   Ways
		memory string
		listed bool
		want   string
	}{
		{Ways{}, "", true, "[]"},
		{Ways{API: true}, "", true, "[request resolve]"},
		{Ways{API: true}, "", false, "[request]"},
		{Ways{API: true}, "none", true, "[resolve]"},
		{Ways{API: true}, "closed", true, "[resolve]"},
		{Ways{API: true, Software: old}, "", true, "[resolve]"},
		{Ways{Installation: true}, "", true, "[sidekiq]"},
		{Ways{Installation: true}, "", false, "[]"},
		{Ways{API: true, Installation: true}, "", true, "[request sidekiq resolve]"},
	} {
		routes, err := OpenRoutes(t.Context(), remembered{value: tt.memory}, "home.example", tt.ways, tt.listed)
		if got := fmt.Sprint(routes); err != nil || got != tt.want {
			t.Errorf("%+v: %s, %v", tt, got, err)
		}
	}
	broken := errors.New("broken")
	if _, err := OpenRoutes(t.Context(), remembered{err: broken}, "home.example", Ways{}, true); !errors.Is(err, broken) {
		t.Error(err)
	}
}
