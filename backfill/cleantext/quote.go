package cleantext

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Quote makes any text fit for a message: one line, bounded, harmless.
func Quote(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// Shorten cuts a text that is to be quoted in a message to 100 bytes.
func Shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
