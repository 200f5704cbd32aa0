package sidekiq

import (
	"testing"
)

// TestWhoFetchesReplies: the versions are those of the releases from 4.3 to 4.6.
func TestWhoFetchesReplies(t *testing.T) {
	for _, c := range []struct {
		versions []string
		set      bool
		want     bool
	}{
		{nil, true, false},
		{[]string{""}, true, false},
		{[]string{"7.3.9"}, false, false},
		{[]string{"7.3.9"}, true, true},
		{[]string{"8.0.9"}, false, true},
		{[]string{"8.1.6"}, false, true},
		{[]string{"8.1.6", "7.3.9"}, false, false},
		{[]string{"8.1.6", ""}, true, false},
	} {
		f := start(t, "")
		f.fetchReplies = c.set
		for i, version := range c.versions {
			f.process(t, string(rune('a'+i)), version, 5, 0)
		}
		if got, err := f.FetchesReplies(t.Context()); err != nil || got != c.want {
			t.Errorf("%q, set %t: %t, error %v", c.versions, c.set, got, err)
		}
	}
}

func TestJobForReplies(t *testing.T) {
	f := start(t, "mastodon")
	f.process(t, "a", "8.0.9", 5, 0)
	if err := f.FetchReplies(t.Context(), 117687729368619260); err != nil {
		t.Fatal(err)
	}
	text, err := f.client.LIndex(t.Context(), "mastodon:queue:pull", 0).Result()
	if err != nil {
		t.Fatal(err)
	}
	j, ok := readOurs(text)
	if !ok || j.Class != "ActivityPub::FetchAllRepliesWorker" || len(j.Args) != 2 || string(j.Args[0]) != "117687729368619260" || string(j.Args[1]) != "{}" {
		t.Errorf("the job is %s", text)
	}
	if n, err := f.Waiting(t.Context()); err != nil || n != 1 {
		t.Errorf("%d of our jobs wait, error %v", n, err)
	}
}
