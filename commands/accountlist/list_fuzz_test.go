package accountlist

import (
	"strings"
	"testing"
	"unicode"

	"tootfill/backfill/fediverse"
)

// Whatever a list says, reading it yields handles and messages that harm no
// terminal.
func FuzzAccountFile(f *testing.F) {
	for _, text := range []string{
		ab, mastodonExport, lists, collected, inUTF16(mastodonExport, true, true), inUTF16(lists, false, false),
		"sep=;\r\n" + strings.ReplaceAll(mastodonExport, ",", ";"), "\ufeff\"sep=\t\"\r\n", "\"a;b\tc,@x@y.example|#\r",
		"<a@x.example>|[Bob](https://x.example/@b)\n# b@x.example", `["https:\/\/x.example\/a"]`,
		`[{"acct":"a@x.example"}]`, "{\"account\":\"a@x.example\"}\n{\"username\":\"b\",\"host\":\"x.example\"}", "\x00\x1b[2J\xff@\u202e",
	} {
		f.Add(text, "")
		f.Add(text, "Friends")
	}
	f.Fuzz(func(t *testing.T, text, title string) {
		names, bad := readList(t, text, title)
		for _, name := range strings.Fields(names) {
			// Names with a question mark are those that home is asked about.
			if _, err := fediverse.ParseHandle(name); err != nil && !strings.HasPrefix(name, "?@") {
				t.Errorf("%q is read as a name: %v", name, err)
			}
		}
		for _, b := range bad {
			if strings.ContainsFunc(b, unicode.IsControl) {
				t.Errorf("a message with control characters: %q", b)
			}
		}
	})
}
