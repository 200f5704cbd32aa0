package accountlist

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// exclude reads one list, and tells which of the handles it leaves out.
func exclude(t *testing.T, list string, handles ...string) (out []string, err error) {
	t.Helper()
	var e backfill.Exclusions
	err = ReadExclusions(t.Context(), []string{"-"}, strings.NewReader(list), &e)
	for _, text := range handles {
		h, parseErr := fediverse.ParseHandle(text)
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		if e.Account(h) != nil {
			out = append(out, text)
		}
	}
	return out, err
}

func TestReadExclusions(t *testing.T) {
	handles := []string{"alice@photos.example", "bob@photos.example", "eve@spam.example", "eve@sub.spam.example", "mal@sub.bad.example", "mal@bad.example", "ü@xn--bcher-kva.example"}
	for name, c := range map[string]struct{ list, want string }{
		"a text":          {"# mine\r\n\r\n@Alice@photos.example # Alice\r\nSPAM.example.\r\n*.Bad.example\r\nbücher.example", "alice@photos.example eve@spam.example mal@sub.bad.example mal@bad.example ü@xn--bcher-kva.example"},
		"addresses":       {"https://photos.example/@alice\nhttps://spam.example/", "alice@photos.example eve@spam.example"},
		"old Macintosh":   {"alice@photos.example\rspam.example\r", "alice@photos.example eve@spam.example"},
		"quoted":          {`"alice@photos.example"`, "alice@photos.example"},
		"empty":           {"", ""},
		"only a comment":  {"# nobody", ""},
		"comments":        {"# domain, account\n# severity\nalice@photos.example\n# domain\nspam.example", "alice@photos.example eve@spam.example"},
		"domain_blocks":   {"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nspam.example,suspend,true,true,\"rude, and\nloud\",false\nbad.example,silence,false,false,,false\nphotos.example,noop,true,false,,false\n", "eve@spam.example eve@sub.spam.example mal@sub.bad.example mal@bad.example"},
		"CR LF table":     {"#domain,#severity\r\nspam.example,suspend\r\n", "eve@spam.example eve@sub.spam.example"},
		"without marks":   {"domain;severity\nspam.example;suspend\n", "eve@spam.example eve@sub.spam.example"},
		"only domains":    {"#domain\nspam.example\nexample\n", strings.Join(handles, " ")},
		"byte order mark": {"\ufeff#domain,#severity\nspam.example,suspend\n", "eve@spam.example eve@sub.spam.example"},
		"muted accounts":  {"Account address,Hide notifications\nalice@photos.example,true\n", "alice@photos.example"},
		"blocked domains": {"spam.example\nbad.example\n", "eve@spam.example mal@bad.example"},
	} {
		out, err := exclude(t, c.list, handles...)
		if got := strings.Join(out, " "); got != c.want || err != nil {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestABadExclusionNamesItsLine(t *testing.T) {
	for list, want := range map[string]string{
		"spam.example\nbob\n":                                       `standard input, line 2: "bob" has a domain without a dot`,
		"\n# x\nalice@@photos.example":                              `standard input, line 3: "alice@@photos.example" has no valid domain`,
		"spam.example, bad.example":                                 `standard input, line 1: "spam.example, bad.example" has no valid domain`,
		"alice@photos.example bob@photos.example":                   `standard input, line 1: "alice@photos.example bob@photos.example"`,
		"spam.example,suspend":                                      `standard input, line 1: "spam.example,suspend" has no valid domain`,
		"https://photos.example/somebody":                           `standard input, line 1: "https://photos.example/somebody" names neither an account nor a server`,
		"#domain,#severity\nspam.example,suspend\ns***m.example,x":  `standard input, line 3: "s***m.example" has no valid domain`,
		"#domain,#severity\n\"spam\n.example\",suspend":             `standard input, line 2: "spam\n.example" has no valid domain`,
		"#domain,#severity\nspam.example\n":                         `standard input, line 2: wrong number of fields`,
		"#domain,#severity\nspam.example,\"suspend\n":               `standard input, line 2: extraneous or missing " in quoted-field`,
		"#domain,#severity\n,suspend\n":                             `standard input, line 2: "" has no domain`,
		"Account address,Hide notifications\nalice,true\n":          `standard input, line 2: "alice" has a domain without a dot`,
		strings.Repeat("x", longestLine+1) + "\n":                   `standard input, line 1: the line is too long`,
		`[{"domain":"spam.example"}]`:                               `standard input, line 1: `,
		"spam.example\n#domain,#severity\nbad.example,suspend,true": `standard input, line 3: "bad.example,suspend,true" has no valid domain`,
	} {
		_, err := exclude(t, list)
		var bad *ExclusionError
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v\nwant %s", list, err, want)
		}
	}
}

func TestReadExclusionsOfSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.csv")
	for name, text := range map[string]string{first: "spam.example\n", second: "#domain,#severity\nbad.example,suspend\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var e backfill.Exclusions
	if err := ReadExclusions(t.Context(), []string{first, second}, nil, &e); err != nil {
		t.Fatal(err)
	}
	var left *backfill.ExcludedError
	if err := e.Server("sub.bad.example"); !errors.As(err, &left) || left.By != second || left.What != "*.bad.example" || !left.Once {
		t.Errorf("%v", err)
	}
	err := ReadExclusions(t.Context(), []string{first, filepath.Join(dir, "missing")}, nil, &e)
	var bad *ExclusionError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), "missing: no such file") {
		t.Errorf("%v", err)
	}
}

// A pipe that nobody writes to does not keep the program from ending.
func TestReadExclusionsEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	if err := ReadExclusions(ctx, []string{"-"}, r, &backfill.Exclusions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzReadExclusions(f *testing.F) {
	for _, s := range []string{"spam.example\n", "#domain,#severity\r\nspam.example,suspend", "Account address\nalice@photos.example", "\xff\xfea\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		var e backfill.Exclusions
		err := ReadExclusions(t.Context(), []string{"-"}, strings.NewReader(list), &e)
		var bad *ExclusionError
		if err != nil && (!errors.As(err, &bad) || bad.Line < 1) {
			t.Errorf("%q: %v", list, err)
		}
	})
}
