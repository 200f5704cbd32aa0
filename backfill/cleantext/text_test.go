package cleantext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestCleanText(t *testing.T) {
	tests := []struct {
		name, in string
		max      int
		want     string
	}{
		{"plain", "Photo Gallery", 0, "Photo Gallery"},
		{"line breaks", "two\r\nlines\tand\u2028more", 0, "two lines and more"},
		{"colour", "\x1b[31mred\x1b[0m alert", 0, "red alert"},
		{"clear screen, 8-bit", "a\u009b2Jb", 0, "ab"},
		{"window title", "a\x1b]0;owned\ab", 0, "ab"},
		{"window title, ST", "a\x1b]0;owned\x1b\\b", 0, "ab"},
		{"endless text keeps what follows", "a\x1b]0;rest", 0, "a0;rest"},
		{"charset", "a\x1b(0b", 0, "ab"},
		{"escape at the end", "a\x1b", 0, "a"},
		{"bell and backspace", "a\a\b\x7fb", 0, "ab"},
		{"bidi override", "user\u202egnp.exe\u202c \u2066x\u2069", 0, "usergnp.exe x"},
		{"zero width", "ali\u200bce\ufeff\u00ad\u2060", 0, "alice"},
		{"joiner in Latin", "ali\u200dce", 0, "alice"},
		{"joiner in Persian", "می\u200cخواهم", 0, "می\u200cخواهم"},
		{"family", "👩\u200d👩\u200d👧", 0, "👩\u200d👩\u200d👧"},
		{"Hangul filler", "a\u3164\u115fb", 0, "ab"},
		{"tags", "a\U000E0041b", 0, "ab"},
		{"invalid", "a\xffb", 0, "a\uFFFDb"},
		{"fits", "abcde", 5, "abcde"},
		{"cut", "abcdef", 5, "abcd…"},
		{"cut to one", "abcdef", 1, "…"},
		{"wide", "日本語", 5, "日本…"},
		{"wide, odd", "日本語", 4, "日…"},
		{"combined", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"endless accents", "e" + strings.Repeat("\u0301", 500), 0, "e" + strings.Repeat("\u0301", maxClusterRunes-1)},
		{"empty", "\x1b[0m\n", 10, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Line(tt.in, tt.max); got != tt.want {
				t.Errorf("cleanText(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
			}
		})
	}
}

func TestASCIIText(t *testing.T) {
	if got := ASCII("Zoë 日… ok"); got != "Zo? ?. ok" {
		t.Errorf("got %q", got)
	}
}

func FuzzCleanText(f *testing.F) {
	for _, s := range []string{
		"Photo\x1b[2J Gallery", "日本語\u202e", "👩\u200d👩\u200d👧\u200d👦", "🇩🇪🇫🇷🇪", "e\u0301\u0301",
		"\x1b]8;;http://x\x1b\\y", "\u0600\u0600a", "\u1100\u1161\u11a8", "a\u200d\u200d", "\xff\xfe",
	} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Line(s, max)
		if !utf8.ValidString(got) {
			t.Fatalf("invalid UTF-8: %q", got)
		}
		for _, r := range got {
			if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' {
				t.Fatalf("%U is left in %q", r, got)
			}
		}
		if w := uniseg.StringWidth(got); max > 0 && w > max {
			t.Fatalf("%q is %d columns wide, not %d", got, w, max)
		}
		if again := Line(got, max); again != got {
			t.Fatalf("cleaning again changes %q to %q", got, again)
		}
	})
}
