package recorded_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/recorded"
)

// Every file must be readable, or a test would not notice what it misses.
func TestAllFiles(t *testing.T) {
	n := 0
	err := fs.WalkDir(os.DirFS(recorded.Path(t, ".")), ".", func(path string, _ fs.DirEntry, err error) error {
		name, ok := strings.CutSuffix(filepath.ToSlash(path), ".http")
		if err != nil || !ok {
			return err
		}
		n++
		e := recorded.Read(t, name)
		if e.Status < 200 || e.URL.Host == "" || len(e.Header) == 0 || e.JSON() && !json.Valid(e.Body) {
			t.Errorf("%s: %s %s: %d, %d headers", name, e.Method, e.URL, e.Status, len(e.Header))
		}
		return nil
	})
	if err != nil || n < 100 {
		t.Errorf("%d files, %v", n, err)
	}
}

func TestPlayback(t *testing.T) {
	e := recorded.Read(t, recorded.Mastodon46+"/search-held")
	p := recorded.Play(t, recorded.Read(t, recorded.Mastodon46+"/lookup"), e)
	r := httptest.NewRequest(http.MethodGet, "https://home.example/api/v2/search?limit=1&type=statuses&resolve=true&q="+
		"https%3A%2F%2Forigin.example%2Fusers%2Falice%2Fstatuses%2F117687915204892854", nil)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != 200 || w.Body.String() != string(e.Body) || w.Header().Get("X-Ratelimit-Limit") != "300" || p.Asked(e.Name) != 1 {
		t.Errorf("%d %v, asked %d times", w.Code, w.Header(), p.Asked(e.Name))
	}
}
