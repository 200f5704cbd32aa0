package envfile

import (
	"errors"
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
	path := write(t, "LOCAL_DOMAIN=home.example # ours\nES_ENABLED=\nWEB+DOMAIN=x\nDB_PASS='hunter2\\'", 0o640)
	file, err := Read(path, environment)
	if err != nil || file.Path != path || len(file.Skipped) != 1 || file.Skipped[0] != 3 {
		t.Fatalf("Read = %+v, %v", file, err)
	}
	if file.values["LOCAL_DOMAIN"] != "home.example" || file.values["DB_PASS"] != `hunter2\` {
		t.Errorf("Read = %q", file.values)
	}
}

func TestReadRefusesEndlessFiles(t *testing.T) {
	path := write(t, "A=hunter2\n"+strings.Repeat("# padding\n", maxSize/10), 0o600)
	_, err := Read(path, environment)
	if err == nil || !strings.Contains(err.Error(), path+" is longer than 1024 KiB") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Read: %v", err)
	}
}

func TestReadRefusesFilesThatOthersCanWrite(t *testing.T) {
	path := write(t, "A=1\n", 0o646)
	_, err := Read(path, environment)
	var hinted *backfill.Hinted
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint.About, "chmod o-w "+path) {
		t.Errorf("mode 0646: %v", err)
	}
	if _, err := Read(write(t, "A=1\n", 0o664), environment); err != nil {
		t.Errorf("mode 0664: %v", err)
	}
}

func TestReadWithoutAFile(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "none"), environment)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Read(t.TempDir(), environment); err == nil {
		t.Error("a folder is read")
	}
}

func TestLookup(t *testing.T) {
	real := map[string]string{"DB_HOST": "real", "DB_NAME": "", "REDIS_HOST": "real"}
	getenv := func(name string) string { return real[name] }
	file := parse("DB_HOST=file\nDB_NAME=file\nDB_USER=file\nSMTP_PASSWORD=$(hunter2)\nREDIS_HOST=$(hunter2)\n", getenv)
	l := Lookup{File: file, Getenv: getenv}
	for name, want := range map[string]string{"DB_HOST": "real", "DB_NAME": "file", "DB_USER": "file", "DB_PASS": "", "REDIS_HOST": "real"} {
		if got := l.Get(name); got != want || l.Err() != nil {
			t.Errorf("%s = %q, %v, want %q", name, got, l.Err(), want)
		}
	}
	l = Lookup{Getenv: getenv}
	if l.Get("DB_HOST") != "real" || l.Get("DB_USER") != "" || l.Err() != nil {
		t.Error("without a file the environment is not all there is")
	}
}

func TestLookupOfUnknowableValues(t *testing.T) {
	for text, want := range map[string]string{
		"\nDB_PASS=$(cat hunter2)":                "line 2: DB_PASS takes the output of a command",
		"X=\"a$(echo (hunter2))b\"\nDB_PASS=${X}": "line 2: DB_PASS takes the output of a command",
		"export DB_PASS":                          "line 1: DB_PASS exports a name that has no value",
		"DB_PASS=hunter2\x00hunter2":              "line 1: DB_PASS holds a zero byte",
	} {
		l := Lookup{File: parse(text, environment), Getenv: environment}
		value := l.Get("DB_PASS")
		var hinted *backfill.Hinted
		if value != "" || !errors.As(l.Err(), &hinted) || !strings.HasPrefix(hinted.Error(), want) || !strings.Contains(hinted.Hint.About, "DB_PASS") {
			t.Errorf("%q: %q, %v, want %q", text, value, l.Err(), want)
		}
		if l.Err() != nil && strings.Contains(l.Err().Error()+hinted.Hint.About, "hunter2") {
			t.Errorf("%q: the error shows a value: %v", text, l.Err())
		}
	}
	l := Lookup{File: parse("DB_PASS=$(x)\nDB_PASS=y\n", environment), Getenv: environment}
	if l.Get("DB_PASS") != "y" || l.Err() != nil {
		t.Errorf("a later line does not count: %v", l.Err())
	}
}
