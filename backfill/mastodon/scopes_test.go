package mastodon

import (
	"slices"
	"testing"
)

func TestScopes(t *testing.T) {
	outside := map[string]reject{apps: {403, `{"error":"This action is outside the authorized scopes"}`}}
	for _, c := range []struct {
		app  string
		errs map[string]reject
		want Scopes
	}{
		{app: `{"scopes":["read"]}`, want: Scopes{Lists: true}},
		{app: `{"scopes":["read:search","read:accounts","read:statuses","read:follows"]}`},
		{app: `{"scopes":["read:accounts","read:lists","profile"]}`, want: Scopes{Missing: []string{"read:search", "read:statuses", "read:follows"}, Lists: true}},
		{app: `{"name":"x"}`, want: Scopes{Untold: true}},
		{app: `{"scopes":"read"}`, want: Scopes{Untold: true}},
		{errs: outside, want: Scopes{Untold: true}},
		{errs: map[string]reject{apps: {403, `{"error":"Invalid credentials."}`}}, want: Scopes{Untold: true}},
		{errs: map[string]reject{apps: {400, `{"errors":{"detail":"Bad request"}}`}}, want: Scopes{Untold: true}},
		{want: Scopes{Untold: true}},
	} {
		bodies := map[string]string{}
		if c.app != "" {
			bodies[apps] = c.app
		}
		s, _ := newFake(t, Options{}, refusing(bodies, c.errs))
		got, err := s.Scopes(t.Context())
		if err != nil || !slices.Equal(got.Missing, c.want.Missing) || got.Lists != c.want.Lists || got.Untold != c.want.Untold {
			t.Errorf("%s: %+v, %v, want %+v", c.app, got, err, c.want)
		}
	}
	s, _ := newFake(t, Options{}, refusing(nil, map[string]reject{apps: {500, `{"error":"oops"}`}}))
	if got, err := s.Scopes(t.Context()); err == nil {
		t.Errorf("an error is taken for %+v", got)
	}
}
