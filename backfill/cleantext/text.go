package cleantext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	// maxClusterRunes bounds what one character on the screen may be made of.
	// The longest emoji of the standard have ten; endless accents are a prank.
	maxClusterRunes = 16
	// maxTextBytes bounds how much of a text is read, and maxEscapeBytes the escape
	// sequences that are removed whole.
	maxTextBytes   = 64 << 10
	maxEscapeBytes = 1 << 10

	// Ellipsis stands for what was cut off.
	Ellipsis = "…"
)

// Line makes a server's text fit for one line of a terminal, at most max columns
// wide (0 or less: any width). It drops control characters, whole escape sequences,
// marks that change the direction of writing and invisible characters. Line breaks
// and other space become single spaces, invalid UTF-8 becomes U+FFFD. Text that is
// too wide is cut between two characters as people see them and ends in "…". Only
// the first 64 KiB are read.
func Line(s string, max int) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxTextBytes)], "\uFFFD")
	s = DropUnprintable(dropEscapes(s))
	return Cut(strings.Join(strings.Fields(s), " "), max)
}

// ASCII is s for terminals that show only ASCII.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, strings.ReplaceAll(s, Ellipsis, "."))
}

// dropEscapes removes terminal escape sequences from s, with their parameters and
// texts, which would otherwise be left as litter.
func dropEscapes(s string) string {
	if !strings.ContainsAny(s, "\x1b\u0090\u0098\u009b\u009d\u009e\u009f") {
		return s
	}
	var kept strings.Builder
	for len(s) > 0 {
		if n := escapeLen(s); n > 0 {
			s = s[n:]
			continue
		}
		_, n := utf8.DecodeRuneInString(s)
		kept.WriteString(s[:n])
		s = s[n:]
	}
	return kept.String()
}

// escapeLen is the length of the escape sequence at the beginning of s, 0 if there
// is none. The forms are those of ECMA-48: ESC [ or U+009B begins a control
// sequence; ESC ], P, X, ^, _ or their one-character forms begin a text up to BEL or
// ST.
func escapeLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	kind := r
	if r == '\x1b' {
		if len(s) == 1 {
			return 1
		}
		kind, n = rune(s[1])+0x40, 2
	}
	switch kind {
	case 0x9b:
		return n + controlLen(s[n:])
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f:
		return n + controlTextLen(s[n:])
	}
	if r != '\x1b' {
		return 0
	}
	n = 1
	for n < len(s) && s[n] >= 0x20 && s[n] <= 0x2f {
		n++
	}
	if n < len(s) && s[n] >= 0x30 && s[n] <= 0x7e {
		n++
	}
	return n
}

// controlLen is the length of a control sequence after its introducer.
func controlLen(s string) int {
	n := 0
	for n < len(s) && s[n] >= 0x20 && s[n] <= 0x3f {
		n++
	}
	if n < len(s) && s[n] >= 0x40 && s[n] <= 0x7e {
		n++
	}
	return n
}

// controlTextLen is the length of a control text including its end; 0 if it has no
// end, so that nobody can make the rest of a message disappear.
func controlTextLen(s string) int {
	s = s[:min(len(s), maxEscapeBytes)]
	end := 0
	for _, terminator := range []string{"\a", "\x1b\\", "\u009c"} {
		if i := strings.Index(s, terminator); i >= 0 && (end == 0 || i+len(terminator) < end) {
			end = i + len(terminator)
		}
	}
	return end
}

// DropUnprintable removes what is invisible or harmful from s, and keeps all space.
func DropUnprintable(s string) string {
	last := rune(0)
	return strings.Map(func(r rune) rune {
		if !printable(r, last) {
			return -1
		}
		last = r
		if unicode.IsSpace(r) {
			last = ' '
		}
		return r
	}, s)
}

// printable reports whether r may follow the character last.
func printable(r, last rune) bool {
	switch {
	case unicode.IsSpace(r):
		return true
	case r == '\u200c', r == '\u200d':
		// The joiners build emoji and are part of the spelling of Persian and
		// of Indian languages. In Latin text they only disguise.
		return last > unicode.MaxLatin1
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return true // Arabic number signs: Cf, but visible
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs):
		return false
	case unicode.Is(unicode.Variation_Selector, r):
		return r == '\ufe0e' || r == '\ufe0f' // text or emoji
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return false // Hangul fillers and other blanks
	}
	return true
}

// Cut cuts s to max columns, and characters with endless marks to a sensible length.
func Cut(s string, max int) string {
	var kept strings.Builder
	width, fits := 0, 0 // fits is the part of kept that leaves room for "…"
	for state := -1; len(s) > 0; {
		var cluster string
		var w int
		cluster, s, w, state = uniseg.FirstGraphemeClusterInString(s, state)
		if max > 0 && width+w > max {
			return kept.String()[:fits] + Ellipsis
		}
		kept.WriteString(firstRunes(cluster, maxClusterRunes))
		width += w
		if width < max {
			fits = kept.Len()
		}
	}
	return kept.String()
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
