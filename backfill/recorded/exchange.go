package recorded

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The versions of Mastodon that were recorded, by their folders.
const (
	Mastodon46 = "mastodon-4.6.5"
	Mastodon43 = "mastodon-4.3.23"
)

// Versions returns the versions of Mastodon that were recorded.
func Versions() []string { return []string{Mastodon46, Mastodon43} }

// Exchange is a request with the answer that a real server gave.
type Exchange struct {
	// Name is the file's name without its extension, such as
	// mastodon-4.6.5/origin/actor.
	Name string

	Method string
	URL    *url.URL
	// Sent are the headers of the request, and Form what was posted.
	Sent http.Header
	Form string

	Status int
	Header http.Header
	Body   []byte
}

// Read reads the exchange with this name.
func Read(t testing.TB, name string) Exchange {
	t.Helper()
	text, err := os.ReadFile(Path(t, name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := parse(text)
	if err != nil {
		t.Fatalf("%s.http: %v", name, err)
	}
	e.Name = name
	return e
}

// Folder reads all exchanges in a folder, but not in its subfolders.
func Folder(t testing.TB, name string) []Exchange {
	t.Helper()
	entries, err := os.ReadDir(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	var all []Exchange
	for _, entry := range entries {
		if base, ok := strings.CutSuffix(entry.Name(), ".http"); ok {
			all = append(all, Read(t, name+"/"+base))
		}
	}
	if len(all) == 0 {
		t.Fatalf("no exchanges in %s", name)
	}
	return all
}

// Path returns the path of a file in testdata/recorded, wherever the test runs.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata", "recorded", filepath.FromSlash(name))
		}
		above := filepath.Dir(dir)
		if above == dir {
			break
		}
		dir = above
	}
	t.Fatalf("no go.mod above the test: %v", err)
	return ""
}

// parse reads the text of a file: the request line, its headers, a blank line,
// the status, its headers, a blank line and the body.
func parse(text []byte) (Exchange, error) {
	var e Exchange
	request, answer, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return e, fmt.Errorf("no blank line after the request")
	}
	head, body, _ := bytes.Cut(answer, []byte("\n\n"))
	line, headers, _ := strings.Cut(string(request), "\n")
	method, address, ok := strings.Cut(line, " ")
	if !ok {
		return e, fmt.Errorf("%q is no request", line)
	}
	var err error
	if e.URL, err = url.Parse(address); err != nil {
		return e, err
	}
	e.Method = method
	if e.Sent, e.Form, err = fields(headers); err != nil {
		return e, err
	}
	line, headers, _ = strings.Cut(string(head), "\n")
	if e.Status, err = strconv.Atoi(strings.TrimPrefix(line, "HTTP ")); err != nil {
		return e, fmt.Errorf("%q is no status", line)
	}
	if e.Header, _, err = fields(headers); err != nil {
		return e, err
	}
	e.Body = bytes.TrimSpace(body)
	return e, nil
}

// fields reads lines of headers, and the posted form, which stands among the
// headers of a request.
func fields(text string) (header http.Header, form string, err error) {
	header = http.Header{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		name, value, ok := strings.Cut(line, ": ")
		switch {
		case name == "(body)":
			form = value
		case !ok && line != "":
			return nil, "", fmt.Errorf("%q is no header", line)
		case ok:
			header.Add(name, value)
		}
	}
	return header, form, nil
}

// With returns the exchange as if another path and other parameters had been asked
// for, for readers that want more on a page than was recorded.
func (e Exchange) With(path, query string) Exchange {
	u := *e.URL
	u.Path, u.RawQuery = path, query
	e.URL = &u
	return e
}

// JSON reports whether the content type of the answer is some kind of JSON.
func (e Exchange) JSON() bool {
	return strings.Contains(e.Header.Get("Content-Type"), "json")
}
