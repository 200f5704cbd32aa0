package cleantext

import (
	"fmt"
	"unicode/utf8"
)

// Quote makes any text fit for a message: one line, not endless, harmless.
func Quote(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
