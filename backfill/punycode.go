package backfill

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiLabel encodes one label of a domain (RFC 3490 §4.1). A label that is
// ASCII already stays as it is.
func asciiLabel(label string) (string, error) {
	runes := []rune(label)
	ascii := true
	for _, r := range runes {
		if r < utf8.RuneSelf {
			continue
		}
		ascii = false
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
			return "", malformed("has the character %q in its domain", r)
		}
	}
	if ascii {
		return label, nil
	}
	if len(runes) > maxLabel {
		return "", malformed("has no valid domain")
	}
	return "xn--" + punycode(runes), nil
}

// punycode is the encoder of RFC 3492 §6.3, with the parameters of its §5. The
// label is short (see maxLabel), so nothing in it can overflow.
func punycode(label []rune) string {
	const first, bias, initialDelta = 128, 72, 0
	var out strings.Builder
	for _, r := range label {
		if r < first {
			out.WriteRune(r)
		}
	}
	basic := out.Len()
	if basic > 0 {
		out.WriteByte('-')
	}
	n, delta, b := rune(first), initialDelta, bias
	for done := basic; done < len(label); {
		next := rune(math.MaxInt32)
		for _, r := range label {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range label {
			switch {
			case r < n:
				delta++
			case r == n:
				writeVariable(&out, delta, b)
				b = adaptBias(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return out.String()
}

const (
	punyBase, punyMin, punyMax = 36, 1, 26
	punySkew, punyDamp         = 38, 700
)

// writeVariable writes delta as a generalised variable-length integer.
func writeVariable(out *strings.Builder, delta, bias int) {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	q := delta
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if q < t {
			out.WriteByte(digits[q])
			return
		}
		out.WriteByte(digits[t+(q-t)%(punyBase-t)])
		q = (q - t) / (punyBase - t)
	}
}

func adaptBias(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyMin)*punyMax/2 {
		delta /= punyBase - punyMin
		k += punyBase
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
