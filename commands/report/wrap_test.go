package report

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"fits":            {"1234567890 123456789", "1234567890 123456789"},
		"breaks at space": {"1234567890 1234567890 12", "1234567890\n  1234567890 12"},
		"ends":            {"1234567890 1234567890\n\nshort\n", "1234567890\n  1234567890\n\nshort\n"},
		"own margin":      {"  hint: 1234567890 1234567890", "  hint: 1234567890\n    1234567890"},
		"spaces stay":     {"a  b   c 1234567890 1234567890", "a  b   c 1234567890\n  1234567890"},
		"prompt":          {"replace it all, really? [y/N] ", "replace it all,\n  really? [y/N] "},
		"too wide a word": {"read it at https://photos.example/@gallery now", "read it at\nhttps://photos.example/@gallery\n  now"},
		"wide first word": {"  https://photos.example/@gallery now", "https://photos.example/@gallery\n    now"},
		"needs a margin":  {"  at 1234567890123456789", "  at\n 1234567890123456789"},
		"wide characters": {"星空写真館 星空写真館 夜", "星空写真館\n  星空写真館 夜"},
		"joined emoji":    {"👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 👩‍👩‍👧‍👦👩‍👩‍👧‍👦 e\u0301e\u0301", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 👩‍👩‍👧‍👦👩‍👩‍👧‍👦 e\u0301e\u0301"},
		"colours":         {yellow + "1234567890 123456789" + reset, yellow + "1234567890 123456789" + reset},
		"long in colours": {yellow + "1234567890 1234567890" + reset, yellow + "1234567890\n  1234567890" + reset},
	} {
		if got := wrap(tt.text, 20); got != tt.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, tt.want)
		}
		for _, columns := range []int{0, leastColumns - 1, 200} {
			if got := wrap(tt.text, columns); got != tt.text {
				t.Errorf("%s, %d columns: %q", name, columns, got)
			}
		}
	}
}

func TestLabelled(t *testing.T) {
	rows := [][2]string{
		{"name", "Night Sky Photographs of the North"},
		{"following", "no"},
		{"held", "https://photos.example/users/gallery/outbox (readable)"},
	}
	for columns, want := range map[int]string{
		0: "  name       Night Sky Photographs of the North\n  following  no\n  held       https://photos.example/users/gallery/outbox (readable)\n",
		40: "  name       Night Sky Photographs of\n             the North\n  following  no\n" +
			"  held\nhttps://photos.example/users/gallery/outbox\n    (readable)\n",
		30: "  name\n    Night Sky Photographs of\n    the North\n  following  no\n" +
			"  held\nhttps://photos.example/users/gallery/outbox\n    (readable)\n",
	} {
		expect(t, strings.Repeat("-", columns), labelled(rows, "  ", columns), want)
	}
}
