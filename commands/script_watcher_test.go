package commands_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// watcher is a service that runs ping. It answers 200 unless a script wants something
// else.
type watcher struct {
	server *httptest.Server

	mu       sync.Mutex
	asked    []string
	body     string
	statuses []int
}

type watcherKey struct{}

func (w *watcher) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, r.Method+":"+r.URL.RequestURI())
	w.body = string(body)
	status := http.StatusOK
	if len(w.statuses) > 0 {
		status, w.statuses = w.statuses[0], w.statuses[1:]
	}
	out.WriteHeader(status)
}

// watcherCommand is:
//
//	watcher start             starts the service, at the address in $WATCHER
//	watcher stop              stops it: connections are refused
//	watcher answers STATUS... answers with these, and then with 200 again
//	watcher asked [REQUEST]... wants these requests, such as POST:/start, since it was
//	                          asked last, and writes the last one's body to watcher.body
func watcherCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: watcher start|stop|answers|asked")
	}
	w := ts.Value(watcherKey{}).(*watcher)
	if args[0] == "start" {
		w.server = httptest.NewServer(w)
		ts.Defer(w.server.Close)
		ts.Setenv("WATCHER", w.server.URL)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch args[0] {
	case "stop":
		w.server.Close()
	case "answers":
		for _, arg := range args[1:] {
			status, err := strconv.Atoi(arg)
			ts.Check(err)
			w.statuses = append(w.statuses, status)
		}
	case "asked":
		if !slices.Equal(w.asked, args[1:]) {
			ts.Fatalf("it was asked %s", strings.Join(w.asked, " "))
		}
		w.asked = nil
		ts.Check(os.WriteFile(ts.MkAbs("watcher.body"), []byte(w.body), 0o600))
	default:
		ts.Fatalf("unknown: watcher %s", args[0])
	}
}
