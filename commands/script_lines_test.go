package commands_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// lineFields are the fields of every kind of JSON line, in order. The README
// promises them.
var lineFields = map[string]string{
	"post": "type account uri outcome reason",
	"result": "type account route status listed eligible held imported refused failed foreign " +
		"retry_at cause reason hint profile_url",
	"summary": "type accounts done queued deferred partial failed skipped interrupted listed eligible " +
		"held imported refused posts_failed bad_lines home_requests origin_requests seconds",
	"queue": "type name size latency",
	"sidekiq": "type version busy workers scheduled retry dead processed failed " +
		"processed_today failed_today ours",
	"coverage": "type account home months undated total read_at whole fresh",
	"ledger_account": "type account home last_run status route reason held imported refused failed " +
		"next_allowed deferred_until deferred_reason",
	"state_copy": "type from to accounts runs posts tables rows resumed seconds",
	"deferred":   "type account retry_at reason",
	"job":        "type jid class queue uri prefetched account_id follower_id latency",
	"account": "type account id display_name following requested held held_more origin_software origin_version " +
		"origin_count outbox routes last_backfill next_allowed indexable moved_to listing shortfall group boosts_only",
}

// jsonLines FILE wants every line of a file to be one of those.
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jsonlines FILE")
	}
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	n := 0
	for ; lines.Scan(); n++ {
		if err := checkLine(lines.Text()); err != nil {
			ts.Fatalf("line %d: %v: %s", n+1, err, lines.Text())
		}
	}
	ts.Check(lines.Err())
	if n == 0 {
		ts.Fatalf("no lines")
	}
}

func checkLine(line string) error {
	var kind struct{ Type string }
	if err := json.Unmarshal([]byte(line), &kind); err != nil {
		return err
	}
	want, ok := lineFields[kind.Type]
	if !ok {
		return fmt.Errorf("unknown type %q", kind.Type)
	}
	got, err := fieldsOf(line)
	if err != nil {
		return err
	}
	if !slices.Equal(got, strings.Fields(want)) {
		return fmt.Errorf("fields %v, want %s", got, want)
	}
	return nil
}

// fieldsOf returns the names of an object's own fields in their order.
func fieldsOf(line string) ([]string, error) {
	d := json.NewDecoder(strings.NewReader(line))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		names = append(names, fmt.Sprint(name))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// told FILE PATTERN waits until a running program has written something.
func told(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: told FILE PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	said := func() bool {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && pattern.Match(text)
	}
	if !clockOf(ts).waitFor(said) {
		ts.Fatalf("%s does not say %q within %s", args[0], args[1], longestWait)
	}
}
