package activitypub

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// originCase is a document of testdata/origins: what a server running some software
// answers, and what reading it yields.
type originCase struct {
	Software string
	// Actor is the id of the account's actor; the default is alice's, or the first
	// answer that is an actor.
	Actor   string
	Options struct{ Secure bool }
	Answers map[string]struct {
		Status     int
		Type, Link string
		Text       string
		Body       json.RawMessage
	}
	Want struct {
		Posts            []string
		Pages            int
		Source           string
		Shortfall, Cause backfill.Cause
	}
}

func (c originCase) serve(t *testing.T) *fakeOrigins {
	t.Helper()
	o := newFakeOrigins(t)
	for url, a := range c.Answers {
		d := fakeDocument{status: a.Status, contentType: a.Type, body: a.Text, link: a.Link}
		if d.status == 0 {
			d.status = http.StatusOK
		}
		if d.contentType == "" {
			d.contentType = "application/activity+json"
		}
		if len(a.Body) > 0 {
			d.body = string(a.Body)
		}
		o.set(url, d)
	}
	o.serveJRD("social.example.com", "alice", "acct:alice@social.example.com", c.actor())
	serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"`+c.Software+`","version":"1"}}`)
	return o
}

func (c originCase) actor() string {
	switch {
	case c.Actor != "":
		return c.Actor
	case c.Answers["https://social.example.com/users/9u"].Body != nil:
		return "https://social.example.com/users/9u"
	case c.Answers["https://social.example.com/u/alice"].Body != nil:
		return "https://social.example.com/u/alice"
	}
	return alice
}

// lineOf describes a post of a case in one line.
func (c originCase) lineOf(p fediverse.Post) string {
	line := strings.TrimPrefix(p.URI, alice) + " " + []string{"direct", "private", "unlisted", "public"}[p.Visibility]
	if p.Boost {
		line += " boost"
	}
	if p.Bare {
		line += " bare"
	}
	if p.Author != c.actor() && p.Author != "" {
		line += " by " + p.Author
	}
	return line
}

func readOriginCases(t *testing.T) map[string]originCase {
	t.Helper()
	names, err := filepath.Glob("testdata/origins/*.json")
	if err != nil || len(names) < 50 {
		t.Fatalf("%d cases, %v", len(names), err)
	}
	cases := map[string]originCase{}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var c originCase
		if err := json.Unmarshal(body, &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases[strings.TrimSuffix(filepath.Base(name), ".json")] = c
	}
	return cases
}

// Every software whose way of publishing we know is read to its end, or to the
// reason why it cannot be.
func TestOrigins(t *testing.T) {
	for name, c := range readOriginCases(t) {
		t.Run(name, func(t *testing.T) {
			o := c.serve(t)
			r := o.readerWith(t, Options{RestOnSecureOrigins: c.Options.Secure})
			l, err := r.Open(t.Context(), account(c.actor()))
			var posts []string
			pages := 0
			for cursor := ""; err == nil; {
				var p backfill.Page
				if p, err = l.Page(t.Context(), cursor); err != nil {
					break
				}
				pages++
				for _, post := range p.Posts {
					posts = append(posts, c.lineOf(post))
				}
				if cursor = p.Next; cursor == "" {
					break
				}
				if pages > 50 {
					t.Fatal("the walk does not end")
				}
			}
			var refused *backfill.OriginError
			cause := backfill.Cause("")
			if errors.As(err, &refused) {
				cause = refused.Cause
			} else if err != nil {
				t.Fatal(err)
			}
			if cause != c.Want.Cause {
				t.Fatalf("cause %q, want %q: %v\n%s", cause, c.Want.Cause, err, strings.Join(o.requests(), "\n"))
			}
			if got, want := strings.Join(posts, "\n"), strings.Join(c.Want.Posts, "\n"); got != want {
				t.Errorf("posts:\n%s\nwant:\n%s\nrequests:\n%s", got, want, strings.Join(o.requests(), "\n"))
			}
			if cause != "" {
				return
			}
			if pages != c.Want.Pages || l.Source() != c.Want.Source || l.Shortfall() != c.Want.Shortfall {
				t.Errorf("%d pages of %s, shortfall %q; want %d of %s, %q", pages, l.Source(), l.Shortfall(), c.Want.Pages, c.Want.Source, c.Want.Shortfall)
			}
		})
	}
}
