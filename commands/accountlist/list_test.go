package accountlist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

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
			f := &List{name: "f", r: strings.NewReader(tt.text), complain: func(b BadLine) {
				complaints = append(complaints, fmt.Sprintf("%s, line %d: %s", b.File, b.Line, b.Err))
			}}
			handles, err := collect(t, f)
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

// endless is a file with a given number of different handles.
type endless struct{ line, lines int }

func (e *endless) Read(p []byte) (int, error) {
	if e.line == e.lines {
		return 0, io.EOF
	}
	e.line++
	return copy(p, fmt.Sprintf("u%d@x.example # %s\n", e.line, strings.Repeat("y", 200))), nil
}

func TestAccountFileIsNotKeptInMemory(t *testing.T) {
	const lines = 50_000
	f := &List{name: "f", r: &endless{lines: lines}, complain: func(b BadLine) { t.Error(b) }}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for range f.Entries {
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
	f := &List{name: "f", r: io.MultiReader(strings.NewReader("a@x.example\n"), failing{broken})}
	handles, err := collect(t, f)
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
	files, shut, err := Open(context.Background(), []string{path, "-"}, strings.NewReader("b@x.example\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	for i, want := range []string{"a@x.example", "b@x.example"} {
		if handles, err := collect(t, files[i]); strings.Join(handles, " ") != want || err != nil {
			t.Errorf("%v, %v; want %s", handles, err, want)
		}
	}
	if _, _, err := Open(context.Background(), []string{path, path + "x"}, nil, nil); err == nil {
		t.Error("a missing file was opened")
	}
}

func TestStdinCanBeInterrupted(t *testing.T) {
	silent, _ := io.Pipe()
	ctx, cancel := context.WithCancelCause(context.Background())
	files, shut, err := Open(ctx, []string{"-"}, silent, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	defer silent.Close()
	stop := errors.New("interrupted")
	cancel(stop)
	if _, err := collect(t, files[0]); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func collect(t *testing.T, f *List) (handles []string, err error) {
	t.Helper()
	for entry, err := range f.Entries {
		if err != nil {
			return handles, err
		}
		handles = append(handles, entry.String())
	}
	return handles, nil
}
