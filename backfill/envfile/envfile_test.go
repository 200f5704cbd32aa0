package envfile

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
)

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env.production")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // past the umask
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	tests := map[string]struct {
		text string
		want map[string]string
	}{
		"empty":    {"", map[string]string{}},
		"comments": {"# Federation\n\n  # more\nLOCAL_DOMAIN=home.example # ours\n", map[string]string{"LOCAL_DOMAIN": "home.example"}},
		"quotes": {"A=\"a b\"\nB='c # d'\nC=\"x\" # note\nD=''\nE=\"'kept'\"\n",
			map[string]string{"A": "a b", "B": "c # d", "C": "x", "D": "", "E": "'kept'"}},
		"export":       {"export DB_HOST=/var/run/postgresql\nexport  DB_PORT = 5433\n", map[string]string{"DB_HOST": "/var/run/postgresql", "DB_PORT": "5433"}},
		"names":        {"DB_NAME=m\nDATABASE_URL=postgres://u@h/$DB_NAME\nP='$DB_NAME'\nQ=\\$x\n", map[string]string{"DB_NAME": "m", "DATABASE_URL": "postgres://u@h/m", "P": "$DB_NAME", "Q": "$x"}},
		"windows":      {"\ufeffA=1\r\nB=\"2\"\r\n", map[string]string{"A": "1", "B": "2"}},
		"no newline":   {"A=1", map[string]string{"A": "1"}},
		"several":      {"KEY=\"-----BEGIN\nmiddle\n-----END\"\nB=2\n", map[string]string{"KEY": "-----BEGIN\nmiddle\n-----END", "B": "2"}},
		"hash in pass": {"DB_PASS=a#b\n", map[string]string{"DB_PASS": "a#b"}},
		"empty value":  {"DB_PASS=\nDB_NAME=m\n", map[string]string{"DB_PASS": "", "DB_NAME": "m"}},
		"last counts":  {"A=1\nA=2\n", map[string]string{"A": "2"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Read(write(t, tt.text, 0o640))
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("Read = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestReadNamesTheLineAndNoValue(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no name":       {"A=1\nhunter2 secret\nB=1\n", "line 2 is not of the form"},
		"last line":     {"A=1\n# x\nhunter2", "line 3 is not of the form"},
		"open quote":    {"A=1\n\nDB_PASS=\"hunter2\nB=3\nC=4\n", "line 3 opens a quote"},
		"after several": {"A=\"1\n2\n3\"\nhunter2!\n", "line 4 is not of the form"},
		"after quote":   {"A='1'hunter2!\n", "line 1 is not of the form"},
		"zero byte":     {"A=1\nB=hunter2\x00\n", "line 2 holds a zero byte"},
		"too long":      {"A=hunter2\n" + strings.Repeat("# padding\n", maxSize/10), "longer than 64 KiB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := write(t, tt.text, 0o600)
			got, err := Read(path)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("Read = %v, %v, want an error with %q and the path", got, err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
}

func TestReadRefusesWhatOthersCanWrite(t *testing.T) {
	path := write(t, "A=1\n", 0o646)
	_, err := Read(path)
	var hinted *backfill.Hinted
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint, "chmod o-w "+path) {
		t.Errorf("mode 0646: %v", err)
	}
	if _, err := Read(write(t, "A=1\n", 0o664)); err != nil {
		t.Errorf("mode 0664: %v", err)
	}
}

func TestReadWithoutAFile(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
}

func TestGetenv(t *testing.T) {
	real := map[string]string{"DB_HOST": "real", "DB_NAME": ""}
	file := map[string]string{"DB_HOST": "file", "DB_NAME": "file", "DB_USER": "file"}
	getenv := Getenv(file, func(name string) string { return real[name] })
	for name, want := range map[string]string{"DB_HOST": "real", "DB_NAME": "file", "DB_USER": "file", "DB_PASS": ""} {
		if got := getenv(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := Getenv(nil, func(string) string { return "" })("DB_HOST"); got != "" {
		t.Errorf("without a file: %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"A=1\n", "export A='x'\r\nB=\"$A\"", "A", "A=\"", "=", "A:b", "\ufeff#\n", "A=\"a\\\"\nb\"c", "A=$(x)${", "é=1", "A='\\'", "export", "export =1",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4<<10 {
			return
		}
		values, err := parse(text)
		if err == nil {
			if _, nameless := values[""]; nameless {
				t.Errorf("%q has a value without a name", text)
			}
			return
		}
		var line *lineError
		if errors.As(err, &line) && (line.line < 1 || line.line > 1+strings.Count(string(text), "\n")) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
