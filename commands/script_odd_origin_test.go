package commands_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"tootfill/backfill/sandbox"
)

// oddly changes what an origin answers while its server is up: answers at a path get
// another content type, or a text is replaced in all answers.
type oddly struct {
	path, contentType string
	old, new          string
}

// beOdd: type DOMAIN PATH TYPE, and writes DOMAIN OLD NEW.
func (f *fediverse) beOdd(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: origin type DOMAIN PATH TYPE, or origin writes DOMAIN OLD NEW")
	}
	o := oddly{path: args[2], contentType: args[3]}
	if args[0] == "writes" {
		o = oddly{old: args[2], new: args[3]}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.odd == nil {
		f.odd = make(map[string][]oddly)
	}
	domain := args[1]
	f.odd[domain] = append(f.odd[domain], o)
	f.AddOrigin(domain).SetFault(func(_ *http.Request, real http.Handler) http.Handler { return f.distorted(domain, real) })
	return nil
}

// distorted answers as real does, except for what is odd about the server.
func (f *fediverse) distorted(domain string, real http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		real.ServeHTTP(answer, r)
		body := answer.Body.String()
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		f.mu.Lock()
		for _, o := range f.odd[domain] {
			if o.contentType != "" && o.path == r.URL.Path {
				w.Header().Set("Content-Type", o.contentType)
			}
			if o.old != "" {
				body = strings.ReplaceAll(body, o.old, o.new)
			}
		}
		f.mu.Unlock()
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(body)) // a client that is gone needs no body
	})
}

// addNote: note HANDLE JSON adds a post whose object has these members instead of
// its own.
func (f *fediverse) addNote(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(strings.Join(args[2:], " ")), &members); err != nil {
		return fmt.Errorf("the members of the post: %w", err)
	}
	a.AddPost(sandbox.Note{
		Content:   fmt.Sprint("Post ", len(a.Posts())+1),
		Published: f.clock.Now().Add(-time.Duration(1000-len(a.Posts())) * time.Hour),
		Alter:     func(object map[string]any) { maps.Copy(object, members) },
	})
	return nil
}
