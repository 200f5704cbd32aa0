package mediatype

import "testing"

func FuzzIsActivityStreams(f *testing.F) {
	f.Add(`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
	f.Add("application/activity+json;charset=utf-8")
	f.Add("text/html; a=\"")
	f.Fuzz(func(t *testing.T, header string) {
		parsed := Parse(header)
		if parsed.IsActivityStreams() && parsed.Media != "application/activity+json" && parsed.Media != "application/ld+json" {
			t.Errorf("%q was taken for %q", header, parsed.Media)
		}
	})
}
