package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// setting is the value that counts for a key, and where it came from.
type setting struct {
	key
	// value is the text as it stands there, "" if there is none; a list is joined by
	// commas.
	value string
	list  []string
	// from is a flag, a variable or another place; empty for the config file and for
	// the default.
	from string
	// line is the place in the config file; empty if the value is not from there.
	line string
}

// places are where settings may stand.
type places struct {
	flags  Flags
	getenv func(string) string
	file   configFile
}

// choose takes a setting from the first place that has a value for it.
func (p places) choose(name string) setting {
	k, _ := keyNamed(name)
	s := setting{key: k}
	if k.given != nil {
		s.value, s.from = k.given(p.flags), k.flag
	}
	if s.value == "" && k.variable != "" {
		s.value, s.from = p.getenv(k.variable), k.variable
		s.list = strings.Split(s.value, ",")
	}
	if s.value == "" && k.kind != outside {
		s.from = ""
		s.value, s.list, s.line = p.file.find(name)
		if k.kind == aPath || k.kind == aPlace && !addressLike.MatchString(s.value) {
			s.value = p.resolve(s.value)
		}
	}
	if s.value == "" {
		s = setting{key: k, value: k.otherwise}
	}
	return s
}

// isSet reports whether the value is not just the default.
func (s setting) isSet() bool { return s.from != "" || s.line != "" }

// yes is the value of a choice.
func (s setting) yes() bool { return s.value == "true" }

// count is the value of a count.
func (s setting) count() (int, error) {
	n, err := strconv.Atoi(s.value)
	if err == nil && n >= 1 {
		return n, nil
	}
	if s.line != "" {
		return 0, wrongf("", "%s: %s must be at least 1", s.line, s.name)
	}
	return 0, wrongf("", "%s: %q is not a number of accounts: write 1 or more", s.from, s.value)
}

// wrong is the error of a value that cannot be used. The hint is in words, and may be
// empty.
func (s setting) wrong(hint, format string, args ...any) error {
	return wrongf(hint, "%s: %s", s.where(), fmt.Sprintf(format, args...))
}

// led is an error about what the value leads to, with the line of the config file that
// leads there.
func (s setting) led(err error) error { return ledFrom(s.line, err) }

func ledFrom(line string, err error) error {
	if line == "" {
		return err
	}
	return fmt.Errorf("%s: %w", line, err)
}

// where names the setting for a message.
func (s setting) where() string {
	switch {
	case s.line != "":
		return s.line + ": " + s.name
	case s.from != "":
		return s.from
	}
	return "the default of " + s.name
}
