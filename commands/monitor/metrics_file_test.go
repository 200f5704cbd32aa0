package monitor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMetricsFile(t *testing.T) {
	dir := t.TempDir()
	f := MetricsFile(filepath.Join(dir, "tootfill.prom"))
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("the check has left %v", left)
	}
	first := Run{Ended: ended, Good: true}
	if err := f.Write(first); err != nil {
		t.Fatal(err)
	}
	second := Run{Ended: ended.Add(time.Hour), Status: 1}
	if err := f.Write(second); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(string(f))
	if err != nil || string(text) != second.Metrics(first.Ended) {
		t.Errorf("%v\n%s", err, text)
	}
	if !lastSuccessIn(text).Equal(first.Ended) {
		t.Errorf("the last success is %v", lastSuccessIn(text))
	}
	info, err := os.Stat(string(f))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("there is %v", left)
	}
}

// A name that was mistyped must not cost anybody a file.
func TestMetricsFileInTheWrongPlace(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "list.txt")
	if err := os.WriteFile(other, []byte("alice@photos.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		other:                              "holds something else than metrics of tootfill",
		dir:                                "is a folder",
		os.DevNull:                         "is no regular file",
		filepath.Join(dir, "no", "x.prom"): "no such file or directory",
		filepath.Join(other, "x.prom"):     "not a directory",
	} {
		for what, err := range map[string]error{"check": MetricsFile(path).Check(), "write": MetricsFile(path).Write(Run{})} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: %v", what, path, err)
			}
		}
	}
	if text, err := os.ReadFile(other); string(text) != "alice@photos.example\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("there is %v", left)
	}
}

func TestMetricsFileBehindALink(t *testing.T) {
	dir := t.TempDir()
	link, real := filepath.Join(dir, "link.prom"), filepath.Join(dir, "real.prom")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := MetricsFile(link).Write(Run{Ended: ended}); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); to != real || err != nil {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if text, err := os.ReadFile(real); err != nil || string(text) != (Run{Ended: ended}).Metrics(time.Time{}) {
		t.Errorf("%q, %v", text, err)
	}
}

func TestLastSuccessOfOddFiles(t *testing.T) {
	for _, text := range []string{"", lastSuccess, lastSuccess + " x\n", lastSuccess + " NaN\n", lastSuccess + " -1\n", lastSuccess + " 1e300\n", lastSuccess + "s 5\n"} {
		if got := lastSuccessIn([]byte(text)); !got.IsZero() {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
