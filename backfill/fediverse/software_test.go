package fediverse

import "testing"

func TestMastodonBefore(t *testing.T) {
	for _, c := range []struct {
		sw   Software
		want bool
	}{
		{Software{Name: "mastodon", Version: "3.5.3+glitch"}, true},
		{Software{Name: "mastodon", Version: "v2.9"}, true},
		{Software{Name: "mastodon", Version: "4.0.0"}, false},
		{Software{Name: "mastodon", Version: "4.7.0-alpha.2"}, false},
		{Software{Name: "mastodon", Version: "nightly"}, false},
		{Software{Name: "pleroma", Version: "2.5.0"}, false},
		{Software{}, false},
	} {
		if got := c.sw.MastodonBefore(4, 0); got != c.want {
			t.Errorf("%v: %v", c.sw, got)
		}
	}
	if !(Software{Name: "mastodon", Version: "4.2.9"}).MastodonBefore(4, 3) || (Software{Name: "mastodon", Version: "4.3.1"}).MastodonBefore(4, 3) {
		t.Error("4.3")
	}
}
