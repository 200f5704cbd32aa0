package recorded

import (
	"os"
	"strings"
	"testing"
)

// Key is a key of Redis as Sidekiq had it.
type Key struct {
	Name string
	// Type is list, set, zset, hash or string.
	Type string
	// Values are the members. In a zset each is followed by its score; in a hash the
	// names of the fields alternate with their values.
	Values []string
}

// Redis is what Sidekiq had in Redis while its workers ran, and what changed
// after they were stopped and a job was pushed.
func Redis(t testing.TB, version string) (running, stopped []Key) {
	t.Helper()
	file := map[string]string{Mastodon46: "sidekiq-8.1.6-redis.txt", Mastodon43: "sidekiq-6.5.12-redis.txt"}[version]
	text, err := os.ReadFile(Path(t, version+"/"+file))
	if err != nil {
		t.Fatal(err)
	}
	first, second, ok := strings.Cut(string(text), "== with the workers stopped:\n")
	if !ok {
		t.Fatalf("%s has no second part", file)
	}
	return keys(t, first), keys(t, second)
}

func keys(t testing.TB, text string) []Key {
	t.Helper()
	var all []Key
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if heading, ok := strings.CutPrefix(line, "== "); ok {
			name, kind, ok := strings.Cut(heading, " (")
			if !ok {
				t.Fatalf("%q names no key", line)
			}
			all = append(all, Key{Name: name, Type: strings.TrimSuffix(kind, ")")})
			continue
		}
		if len(all) == 0 {
			t.Fatalf("%q is of no key", line)
		}
		last := &all[len(all)-1]
		last.Values = append(last.Values, line)
	}
	return all
}
