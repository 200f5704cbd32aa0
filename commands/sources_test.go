package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/mastodon"
	"tootfill/commands/report"
)

func collect(t *testing.T, source targets) (handles []string, err error) {
	t.Helper()
	for target, err := range source {
		if err != nil {
			return handles, err
		}
		handles = append(handles, target.Handle.String())
	}
	return handles, nil
}

func TestAccountFile(t *testing.T) {
	tests := []struct{ name, text, want, complaints string }{
		{"plain", "a@x.example\nb@x.example\n", "a@x.example b@x.example", ""},
		{"no newline at the end", "a@x.example", "a@x.example", ""},
		{"CRLF, blank lines and spaces", "\r\n  a@x.example \r\n\r\n", "a@x.example", ""},
		{"comments", "# list\na@x.example # Alice\n\t# more\nhttps://x.example/@b\t#B\n", "a@x.example b@x.example", ""},
		{"byte order mark", "\ufeffa@x.example\n", "a@x.example", ""},
		{"export", "\ufeffAccount address,Show boosts,Notify on new posts,Languages\na@x.example,true,false,\n\"b@x.example\",true,false,\"de, en\"\n", "a@x.example b@x.example", ""},
		{"export without its header", "a@x.example,true,false,\n", "a@x.example", ""},
		{"lists with a header", "List name,Account address\nFriends,a@x.example\n\"A, B\",b@x.example\n", "a@x.example b@x.example", ""},
		{"bad lines", "alice\na@x.example\n\nb@@\n", "a@x.example", "f, line 1: |f, line 4: "},
		{"a stray quote does not swallow the rest", "a@x.example\n\"b@x.example\nc@x.example\n", "a@x.example b@x.example c@x.example", ""},
		{"a short row", "List name,Account address\nFriends\n", "", "f, line 2: there is no account address in it"},
		{"a long line", "a@x.example\n" + strings.Repeat("x", 3*longestLine) + "\nb@x.example\n", "a@x.example b@x.example", "f, line 2: the line is too long"},
		{"a long last line", strings.Repeat("x", 2*longestLine), "", "f, line 1: the line is too long"},
		{"binary", "\x00\x01\x02\n\x1b[31ma@x.example\n", "", "f, line 1: |f, line 2: "},
		{"empty", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var complaints []string
			f := &accountFile{name: "f", r: strings.NewReader(tt.text), complain: func(b report.BadLine) {
				complaints = append(complaints, fmt.Sprintf("%s, line %d: %s", b.File, b.Line, b.Message))
			}}
			handles, err := collect(t, f.targets)
			if got := strings.Join(handles, " "); got != tt.want || err != nil {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
			var want []string
			if tt.complaints != "" {
				want = strings.Split(tt.complaints, "|")
			}
			if len(complaints) != len(want) || f.bad != len(want) {
				t.Fatalf("%q, %d bad; want %q", complaints, f.bad, want)
			}
			for i, c := range complaints {
				if !strings.HasPrefix(c, want[i]) || strings.ContainsAny(c, "\x00\x1b\n") {
					t.Errorf("%q, want %q", c, want[i])
				}
			}
		})
	}
}

// endless is a file of a given number of different handles.
type endless struct{ line, lines int }

func (e *endless) Read(p []byte) (int, error) {
	if e.line == e.lines {
		return 0, io.EOF
	}
	e.line++
	return copy(p, fmt.Sprintf("u%d@x.example # %s\n", e.line, strings.Repeat("y", 200))), nil
}

func TestAccountFileIsNotKept(t *testing.T) {
	const lines = 50_000
	f := &accountFile{name: "f", r: &endless{lines: lines}, complain: func(b report.BadLine) { t.Error(b) }}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for range f.targets {
		n++
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); n != lines || grown > 1<<20 {
		t.Errorf("%d handles, %d bytes more", n, grown)
	}
}

func TestAccountFileReadError(t *testing.T) {
	broken := errors.New("the disk is broken")
	f := &accountFile{name: "f", r: io.MultiReader(strings.NewReader("a@x.example\n"), failing{broken})}
	handles, err := collect(t, f.targets)
	if len(handles) != 1 || !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "reading f: ") {
		t.Errorf("%v, %v", handles, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestOpenAccountFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list,with comma")
	if err := os.WriteFile(path, []byte("a@x.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, shut, err := openAccountFiles(context.Background(), []string{path, "-"}, strings.NewReader("b@x.example\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	handles, err := collect(t, allTargets(files[0].targets, files[1].targets))
	if strings.Join(handles, " ") != "a@x.example b@x.example" || err != nil {
		t.Errorf("%v, %v", handles, err)
	}
	if _, _, err := openAccountFiles(context.Background(), []string{path, path + "x"}, nil, nil); err == nil {
		t.Error("a missing file was opened")
	}
}

func TestStdinCanBeInterrupted(t *testing.T) {
	silent, _ := io.Pipe()
	ctx, cancel := context.WithCancelCause(context.Background())
	files, shut, err := openAccountFiles(ctx, []string{"-"}, silent, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	defer silent.Close()
	stop := &Interrupted{}
	cancel(stop)
	if _, err := collect(t, files[0].targets); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func TestAllJobs(t *testing.T) {
	h := func(words ...string) []accountName {
		handles, err := readNames(words)
		if err != nil {
			t.Fatal(err)
		}
		return handles
	}
	account := fediverse.Account{ID: "7", Handle: h("c@x.example")[0].Handle}
	following := func(yield func(fediverse.Account, error) bool) { yield(account, nil) }
	due := func(yield func(backfill.Deferral, error) bool) {
		_ = yield(backfill.Deferral{Account: h("a@x.example")[0].Handle}, nil) &&
			yield(backfill.Deferral{Account: h("d@x.example")[0].Handle, RetryAt: time.Now()}, nil)
	}
	all := allTargets(namedTargets(h("a@x.example", "@B@X.example", "https://x.example/@a"), nil, nil), followedTargets(following, nil), dueTargets(due, func(*backfill.Wanted) {}))
	handles, err := collect(t, all)
	if got := strings.Join(handles, " "); got != "a@x.example b@x.example c@x.example d@x.example" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for target := range followedTargets(following, nil) {
		if target.Account == nil || target.Account.ID != "7" || target.Standing == nil || !target.Standing.Following {
			t.Errorf("%+v", target)
		}
	}
	next, stop := iter.Pull2(all)
	defer stop()
	if target, _, ok := next(); !ok || target.Handle.User != "a" {
		t.Errorf("%v", target)
	}
}

// A home that does not know the account yet may tell capitals apart.
func TestADeferredAccountKeepsItsSpelling(t *testing.T) {
	due := func(yield func(backfill.Deferral, error) bool) {
		yield(backfill.Deferral{Wanted: &backfill.Wanted{Spelling: "Alice"}}, nil)
	}
	for target, err := range dueTargets(due, func(*backfill.Wanted) {}) {
		if err != nil || target.Spelling != "Alice" {
			t.Errorf("%+v, %v", target, err)
		}
	}
}

func TestAllJobsEndsWithAnError(t *testing.T) {
	broken := errors.New("home is away")
	following := func(yield func(fediverse.Account, error) bool) { yield(fediverse.Account{}, broken) }
	later := func(func(backfill.Target, error) bool) { t.Error("a source was read after an error") }
	if _, err := collect(t, allTargets(followedTargets(following, nil), later)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestAnUnreadableAccountIsLeftOut(t *testing.T) {
	unreadable := &mastodon.UnreadableAccountError{
		Acct: "a b@x.example", AnswerError: &backfill.AnswerError{Server: "home.example", Status: 200, Message: "an odd name"},
	}
	good := fediverse.Account{Handle: fediverse.Handle{User: "c", Domain: "x.example"}}
	following := func(yield func(fediverse.Account, error) bool) {
		_ = yield(fediverse.Account{}, unreadable) && yield(good, nil)
	}
	warned := 0
	handles, err := collect(t, followedTargets(following, func(string, backfill.Hint) { warned++ }))
	if got := strings.Join(handles, " "); got != "c@x.example" || err != nil || warned != 1 {
		t.Errorf("%s, %d warnings, %v", got, warned, err)
	}
}

func TestReadNamesNamesTheBadOne(t *testing.T) {
	_, err := readNames([]string{"a@x.example", "alice"})
	var handle *fediverse.HandleError
	if !errors.As(err, &handle) || handle.Input != "alice" {
		t.Errorf("%v", err)
	}
}

// followedTargets are those of a token without a database.
func followedTargets(following iter.Seq2[fediverse.Account, error], warn func(text string, hint backfill.Hint)) targets {
	return followingTargets(following, warn, func(a fediverse.Account) backfill.Target {
		return backfill.Target{Handle: a.Handle, Account: &a, Standing: &backfill.Standing{Following: true}}
	})
}
