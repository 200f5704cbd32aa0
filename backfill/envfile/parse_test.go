package envfile

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// environment is the real environment in the tests.
func environment(name string) string { return map[string]string{"B": "bee"}[name] }

// The table holds what Ruby's dotenv 2.8 and 3.2 read, with B=bee in the
// environment.
func TestParseAsDotenv(t *testing.T) {
	data, err := os.ReadFile("testdata/dotenv.json")
	if err != nil {
		t.Fatal(err)
	}
	var table []struct {
		Line   string            `json:"line"`
		Both   map[string]string `json:"set"`
		Newest map[string]string `json:"set_3.2"`
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	if len(table) != 104 {
		t.Errorf("%d lines, want 104", len(table))
	}
	for _, tt := range table {
		want := tt.Both
		if want == nil {
			want = tt.Newest
		}
		file := parse(tt.Line, environment)
		fault, faulty := file.faults["A"]
		switch {
		case strings.Contains(tt.Line, "$(echo hi)") && want["A"] == "hi":
			if fault.reason != isCommand || len(file.values) > 0 {
				t.Errorf("%q: %q, %q, want it not to be run", tt.Line, file.values, fault.reason)
			}
		case strings.Contains(want["error"], "unset variable"):
			if len(file.faults) != 1 || len(file.values) > 0 {
				t.Errorf("%q: %q, %v, want no value", tt.Line, file.values, file.faults)
			}
		case faulty || !maps.Equal(file.values, want):
			t.Errorf("%q: %q, %q, want %q", tt.Line, file.values, fault.reason, want)
		}
	}
}

func TestParseWholeFiles(t *testing.T) {
	tests := map[string]struct {
		text    string
		want    map[string]string
		skipped []int
	}{
		"stray lines": {"LOCAL_DOMAIN=home.example\nhunter2 secret\n\n  # more\nWEB+DOMAIN=x\nDB_NAME=m\n",
			map[string]string{"LOCAL_DOMAIN": "home.example", "DB_NAME": "m"}, []int{2, 5}},
		"the last line is stray": {"A=1\nhunter2!", map[string]string{"A": "1"}, []int{2}},
		"an open quote": {"SMTP_PASSWORD=\"hunter2\nLOCAL_DOMAIN=home.example\n\"\nDB_NAME='m\nC=\"3\"\n",
			map[string]string{"SMTP_PASSWORD": "hunter2\nLOCAL_DOMAIN=home.example\n", "DB_NAME": "'m", "C": "3"}, nil},
		"a quote that is closed in vain": {"SMTP_PASSWORD=\"hunter2\nDB_NAME=\"m\"\nC=3\n",
			map[string]string{"SMTP_PASSWORD": "\"hunter2", "DB_NAME": "m", "C": "3"}, nil},
		"several lines": {"KEY=\"-----BEGIN\nmiddle\n-----END\"\n!\nB2='a\n\nb' # x\n?",
			map[string]string{"KEY": "-----BEGIN\nmiddle\n-----END", "B2": "a\n\nb"}, []int{4, 8}},
		"windows":           {"\ufeffA=1\r\nC=\"2\"\r\n-\r\n", map[string]string{"A": "1", "C": "2"}, []int{3}},
		"old macintosh":     {"A=1\rC='2'\r-\r", map[string]string{"A": "1", "C": "2"}, []int{3}},
		"vertical tabs":     {"\vA\v=\v1\v\n", map[string]string{"A": "1"}, nil},
		"the last counts":   {"A=1\nA=2\n", map[string]string{"A": "2"}, nil},
		"references":        {"DB_USER=u\nURL=postgres://$DB_USER@${HOST}h/$B\nHOST=x\n", map[string]string{"DB_USER": "u", "URL": "postgres://u@h/bee", "HOST": "x"}, nil},
		"environment first": {"B=here\nA=$B\n", map[string]string{"B": "here", "A": "bee"}, nil},
		"export of a value": {"A=1\nexport A\nexport B\n", map[string]string{"A": "1"}, nil},
		"line breaks":       {"A=\"x\\ny\"\nDOTENV_LINEBREAK_MODE=legacy\nC=\"x\\ny\\r\"\n", map[string]string{"A": `x\ny`, "DOTENV_LINEBREAK_MODE": "legacy", "C": "x\ny\r"}, nil},
		"parentheses":       {"A=$(\nC=$()\nD=$(x()y)\nE=a)$(\nF=\\$(a(b)$B)$\n", map[string]string{"A": "$(", "C": "$()", "D": "$(x()y)", "E": "a)$(", "F": "$(a(b)bee)$"}, nil},
		"empty lines":       {"A=\n\n\nC=\n", map[string]string{"A": "", "C": ""}, nil},
		"no settings":       {"\x7fELF\x02\x01\x00\xff\xfe\n\x00\x00", map[string]string{}, []int{1, 2}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			file := parse(tt.text, environment)
			if !maps.Equal(file.values, tt.want) || !slices.Equal(file.Skipped, tt.skipped) || len(file.faults) > 0 {
				t.Errorf("%q, skipped %v, faults %v, want %q, skipped %v", file.values, file.Skipped, file.faults, tt.want, tt.skipped)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"A=1\n", "export A='x'\r\nB=\"$A\"", "A", "A=\"", "=", "A:b", "\ufeff#\n", "A=\"a\\\"\nb\"c", "A=$(x)${", "é=1", "A='\\'", "export", "export =1",
		"A=\\$(x)\\", "A=\"\\n\\r\"\nB='\n\n'\n!\n", "A=\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			return
		}
		file := parse(text, environment)
		lines := 1 + strings.Count(lineBreaks.Replace(text), "\n")
		before := 0
		for _, at := range file.Skipped {
			if at <= before || at > lines {
				t.Errorf("%q: skipped %v of %d lines", text, file.Skipped, lines)
			}
			before = at
		}
		for name, fault := range file.faults {
			if _, known := file.values[name]; known || fault.line < 1 || fault.line > lines {
				t.Errorf("%q: %s: %+v", text, name, fault)
			}
		}
		for name := range file.values {
			if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") != "" {
				t.Errorf("%q gives the name %q", text, name)
			}
		}
	})
}
