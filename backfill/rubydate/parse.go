package rubydate

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxLength is Ruby's limit for the length of a date (Date.parse, limit: 128).
const maxLength = 128

// errNoDate: the text has no day, or one that depends on today.
var errNoDate = errors.New("it names no day of its own")

// Parse reads a date; without a zone it is in UTC. Where Ruby would complete the
// date with today's year or day, Parse returns an error.
func Parse(text string) (time.Time, error) {
	if len(text) > maxLength {
		return time.Time{}, fmt.Errorf("a date of more than %d bytes", maxLength)
	}
	f := newFields()
	f.read(text)
	t, err := f.time()
	if err != nil {
		return time.Time{}, fmt.Errorf("the date %q: %w", text, err)
	}
	return t, nil
}

// unset is the value of a field that the text does not have.
const unset = -1 << 30

// fields are the parts of a date that were found.
type fields struct {
	year, month, day, yearDay        int
	weekYear, week, weekDay          int
	hour, minute, second, nanosecond int
	offset                           int
	beforeChrist                     bool
	// rest is the part of the text that has not been understood yet.
	rest string
}

func newFields() *fields {
	return &fields{
		year: unset, month: unset, day: unset, yearDay: unset,
		weekYear: unset, week: unset, weekDay: unset,
		hour: unset, minute: unset, second: unset,
	}
}

const (
	monthNames = `jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec`
	eras       = `c(?:e|\.e\.)|b(?:ce|\.c\.e\.)|a(?:d|\.d\.)|b(?:c|\.c\.)`
)

var (
	meaningless = regexp.MustCompile(`[^-+',./:@\p{L}\p{M}\p{Nd}\[\]]+`)
	weekDayName = regexp.MustCompile(`(?i)\b(?:sun|mon|tue|wed|thu|fri|sat)[^-/\d\s]*`)
	christ      = regexp.MustCompile(`(?i)\b(?:bc\b|bce\b|b\.c\.|b\.c\.e\.)`)
	lastNumber  = regexp.MustCompile(`\A\s*(\d{1,2})\s*\z`)
)

// form is one way to write a day. read gets the matched groups.
type form struct {
	pattern *regexp.Regexp
	read    func(f *fields, group []string)
	// not excludes texts that match it as well.
	not *regexp.Regexp
}

// forms are tried in this order, which is Ruby's (ext/date/date_parse.c,
// date__parse); the first that matches is the one.
var forms = []form{
	{ // 25 January 2023
		pattern: regexp.MustCompile(`(?i)('?\d+)[^-\d\s]*\s*(` + monthNames + `)[^-\d\s']*(?:\s*(` + eras + `)?\s*('?-?\d+(?:(?:st|nd|rd|th)\b)?))?`),
		read:    func(f *fields, g []string) { f.named(g[4], g[2], g[1], g[3]) },
	},
	{ // Jan 25, 2023
		pattern: regexp.MustCompile(`(?i)\b(` + monthNames + `)[^-\d\s']*\s*('?\d+)[^-\d\s']*(?:\s*,?\s*(` + eras + `)?\s*('?-?\d+))?`),
		read:    func(f *fields, g []string) { f.named(g[4], g[1], g[2], g[3]) },
	},
	{ // 2023-01-25
		pattern: regexp.MustCompile(`('?[-+]?\d+)-(\d+)-('?-?\d+)`),
		read:    func(f *fields, g []string) { f.arrange(g[1], g[2], g[3]) },
	},
	{ // H35.01.25
		pattern: regexp.MustCompile(`(?i)\b([mtsh])(\d+)\.(\d+)\.(\d+)`),
		read:    (*fields).japanese,
	},
	{ // 25-Jan-2023
		pattern: regexp.MustCompile(`(?i)('?-?\d+)-(` + monthNames + `)[^-/.]*-('?-?\d+)`),
		read:    func(f *fields, g []string) { f.named(g[3], g[2], g[1], "") },
	},
	{ // Jan-25-2023
		pattern: regexp.MustCompile(`(?i)\b(` + monthNames + `)[^-/.]*-('?-?\d+)(?:-('?-?\d+))?`),
		read:    func(f *fields, g []string) { f.named(g[3], g[1], g[2], "") },
	},
	{ // 2023/01/25
		pattern: regexp.MustCompile(`('?-?\d+)/\s*('?\d+)(?:\D\s*('?-?\d+))?`),
		read:    func(f *fields, g []string) { f.arrange(g[1], g[2], g[3]) },
	},
	{ // 25.1.2023
		pattern: regexp.MustCompile(`('?-?\d+)\.\s*('?\d+)\.\s*('?-?\d+)`),
		read:    func(f *fields, g []string) { f.arrange(g[1], g[2], g[3]) },
	},
	{ // 2023-W04-3
		pattern: regexp.MustCompile(`(?i)\b(\d{2}|\d{4})?-?w(\d{2})(?:-?(\d))?\b`),
		read: func(f *fields, g []string) {
			f.weekYear, f.week, f.weekDay = number(g[1]), number(g[2]), number(g[3])
		},
	},
	yearless(`(?i)-w-\d\b`),
	yearless(`--(?:\d{2})?-\d{2}\b`),
	yearless(`--\d{2}(?:\d{2})?\b`),
	{ // 2023-025
		pattern: regexp.MustCompile(`\b(\d{2}|\d{4})-(\d{3})\b`),
		not:     regexp.MustCompile(`[,.](?:\d{2}|\d{4})-\d{3}\b`),
		read:    func(f *fields, g []string) { f.year, f.yearDay = number(g[1]), number(g[2]) },
	},
	{ // -025
		pattern: regexp.MustCompile(`\b-\d{3}\b`),
		not:     regexp.MustCompile(`\d-\d{3}\b`),
		read:    func(*fields, []string) {},
	},
	{ // '2023
		pattern: regexp.MustCompile(`'(\d+)\b`),
		read:    func(f *fields, g []string) { f.year = number(g[1]) },
	},
	yearless(`(?i)\b(?:` + monthNames + `)\S*`),
	yearless(`(?i)\d+(?:st|nd|rd|th)\b`),
	{ // 20230125T171400Z
		pattern: regexp.MustCompile(`(?i)([-+]?)(\d{2,14})(?:\s*t?\s*(\d{2,6})?(?:([,.])(\d*))?)?(?:\s*(z\b|[-+]\d{1,4}\b|\[[-+]?\d[^\]]*\]))?`),
		read:    (*fields).packed,
	},
}

// yearless is a form without a year, which Ruby completes with this one.
func yearless(pattern string) form {
	return form{pattern: regexp.MustCompile(pattern), read: func(*fields, []string) {}}
}

// read finds the parts of a text: first the name of the weekday, which is
// ignored, and the time of day, then the day.
func (f *fields) read(text string) {
	f.rest = meaningless.ReplaceAllString(text, " ")
	f.cut(weekDayName)
	if g := f.cut(clockTime); g != nil {
		f.clock(g[1], g[2])
	}
	for _, form := range forms {
		if form.not != nil && form.not.MatchString(f.rest) {
			continue
		}
		if g := f.cut(form.pattern); g != nil {
			form.read(f, g)
			break
		}
	}
	if f.cut(christ) != nil {
		f.beforeChrist = true
	}
	if g := f.cut(lastNumber); g != nil {
		f.last(number(g[1]))
	}
}

// cut removes the first match from the rest and returns its groups, or nil if
// there is none. A group that does not take part is "".
func (f *fields) cut(pattern *regexp.Regexp) []string {
	at := pattern.FindStringSubmatchIndex(f.rest)
	if at == nil {
		return nil
	}
	groups := make([]string, len(at)/2)
	for i := range groups {
		if at[2*i] >= 0 {
			groups[i] = f.rest[at[2*i]:at[2*i+1]]
		}
	}
	f.rest = f.rest[:at[0]] + " " + f.rest[at[1]:]
	return groups
}

// named reads a day whose month is written as a name.
func (f *fields) named(year, month, day, era string) {
	at := strings.Index(monthNames, strings.ToLower(month))
	f.arrange(year, fmt.Sprint(at/len("jan|")+1), day)
	if strings.HasPrefix(strings.ToLower(era), "b") {
		f.beforeChrist = true
	}
}

// japanese reads a date whose year is counted by the era of an emperor.
func (f *fields) japanese(g []string) {
	before := map[string]int{"m": 1867, "t": 1911, "s": 1925, "h": 1988}
	f.year = number(g[2]) + before[strings.ToLower(g[1])]
	f.month, f.day = number(g[3]), number(g[4])
}

// last gives a single number at the end the meaning that is still missing.
func (f *fields) last(n int) {
	switch {
	case f.hour != unset && f.day == unset && n >= 1 && n <= 31:
		f.day = n
	case f.day != unset && f.hour == unset && n <= 24:
		f.hour = n
	}
}
