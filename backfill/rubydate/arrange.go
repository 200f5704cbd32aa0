package rubydate

import "strings"

// arrange works out which of three parts is the year, the month and the day: the
// year is the part that has more than two digits or follows an apostrophe
// (ext/date/date_parse.c, s3e). A missing part is "".
func (f *fields) arrange(year, month, day string) {
	if year != "" && month != "" && day == "" {
		year, month, day = "", year, month
	}
	if year == "" && isYear(day) {
		year, day = day, ""
	}
	if from := strings.IndexFunc(year, isSignOrDigit); from >= 0 {
		// What follows the digits, as in 1st, makes it a day.
		if n := from + len(signed(year[from:])); n < len(year) {
			year, day = day, year[from:n]
		}
	}
	if isYear(month) {
		year, month, day = month, day, year
	}
	if isYear(day) {
		year, day = day, year
	}
	if from := strings.IndexFunc(year, isSignOrDigit); from >= 0 {
		f.year = number(signed(year[from:]))
	}
	if digits := firstDigits(month); digits != "" {
		f.month = number(digits)
	}
	if digits := firstDigits(day); digits != "" {
		f.day = number(digits)
	}
}

// isYear reports whether a part can only be the year.
func isYear(part string) bool { return len(part) > 2 || strings.HasPrefix(part, "'") }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isSignOrDigit(r rune) bool { return r == '-' || r == '+' || isDigit(r) }

// signed is the number at the beginning of a text, with its sign.
func signed(text string) string {
	n := 0
	if n < len(text) && !isDigit(rune(text[n])) {
		n++
	}
	for n < len(text) && isDigit(rune(text[n])) {
		n++
	}
	return text[:n]
}

// firstDigits are the first digits in a text, without a sign.
func firstDigits(text string) string {
	from := strings.IndexFunc(text, isDigit)
	if from < 0 {
		return ""
	}
	return signed(text[from:])
}

// tooBig stands for a number that cannot be part of any date.
const tooBig = 1 << 29

// number is a number with or without a sign; unset if there is none.
func number(text string) int {
	digits := strings.TrimLeft(text, "+-")
	if digits == "" {
		return unset
	}
	n := 0
	for i := 0; i < len(digits); i++ {
		if n = 10*n + int(digits[i]-'0'); n > tooBig {
			n = tooBig
		}
	}
	if text[0] == '-' {
		return -n
	}
	return n
}
