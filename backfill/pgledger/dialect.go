package pgledger

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The statements of package ledger are written for SQLite, and for PostgreSQL but for
// these points:
//
//   - A parameter is $1 in place of ?1, and ? is the one after the last.
//   - A table has the name of its schema before its own.
//   - A join with a condition is no CROSS JOIN.
//   - A comment says which rows to lock, where a file is locked as a whole:
//     /* FOR UPDATE OF claims */, or that rows keep their numbers, as they do in a file
//     anyway: /* OVERRIDING SYSTEM VALUE */.
var (
	parameter = regexp.MustCompile(`\?(\d*)`)
	table     = regexp.MustCompile(`\b(FROM|JOIN|INTO|UPDATE|TABLE IF NOT EXISTS|TABLE IF EXISTS)\s+((?:accounts|runs|buckets|owners|claims|deferred|stems|posts|jobs|listings|stretches|entries|marks|threads|replies|follow_lists|new_follows|queues|asked|askers|servers|pauses|paces|unfinished_copy)\b|json_each\()`)
	lock      = regexp.MustCompile(`/\* (FOR UPDATE[^*]*|OVERRIDING SYSTEM VALUE) \*/`)
)

// translate writes a statement of package ledger for PostgreSQL. It holds no question
// mark but for its parameters.
func translate(text string) string {
	last := 0
	text = parameter.ReplaceAllStringFunc(text, func(p string) string {
		n, err := strconv.Atoi(p[1:])
		if err != nil {
			n = last + 1
		}
		last = max(last, n)
		return "$" + strconv.Itoa(n)
	})
	text = table.ReplaceAllString(text, "$1 tootfill.$2")
	text = lock.ReplaceAllString(text, "$1")
	return strings.ReplaceAll(text, "CROSS JOIN", "JOIN")
}

// translations are statements that were translated: there are as many as texts in
// package ledger.
type translations struct{ known sync.Map }

func (t *translations) of(text string) string {
	if known, ok := t.known.Load(text); ok {
		return known.(string)
	}
	translated := translate(text)
	t.known.Store(text, translated)
	return translated
}
