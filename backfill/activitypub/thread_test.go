package activitypub

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	threadURI = "https://social.example.com/users/alice/statuses/7"
	threadAt  = threadURI + "/replies"
)

// page is a page of replies; next may be empty.
func replyPage(next string, items ...string) string {
	end := ""
	if next != "" {
		end = fmt.Sprintf(`,"next":%q`, next)
	}
	return `{"@context":"https://www.w3.org/ns/activitystreams","type":"CollectionPage","items":[` + strings.Join(items, ",") + `]` + end + `}`
}

func readThread(t *testing.T, o *fakeOrigins, options Options, from fediverse.Replies, n int) ([]string, error) {
	t.Helper()
	found, err := o.readerWith(t, options).RepliesTo(t.Context(), backfill.Thread{URI: threadURI, Replies: from}, n)
	var uris []string
	for _, r := range found {
		uris = append(uris, r.URI)
	}
	return uris, err
}

func TestRepliesOfAPost(t *testing.T) {
	o := newFakeOrigins(t)
	o.serve(threadAt, replyPage(threadAt+"?page=2", `"https://chat.example.com/1"`, `"https://chat.example.com/1"`, `{"type":"Note","id":"https://social.example.com/2"}`, `7`, `{"type":"Like","id":"https://x.example.com/l"}`))
	o.serve(threadAt+"?page=2", replyPage("", `"https://chat.example.com/3"`))
	want := []string{"https://chat.example.com/1", "https://social.example.com/2", "https://chat.example.com/3"}
	if got, err := readThread(t, o, Options{}, fediverse.Replies{Collection: threadAt}, 100); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, error %v", got, err)
	}
	if got, err := readThread(t, o, Options{}, fediverse.Replies{Collection: threadAt}, 2); err != nil || !slices.Equal(got, want[:2]) {
		t.Errorf("two of them: %q, error %v", got, err)
	}
	// A closed collection gives way to the conversation.
	o.fail(threadAt, http.StatusNotFound)
	o.serve("https://social.example.com/contexts/1", `{"type":"Collection","id":"https://social.example.com/contexts/1","first":"https://social.example.com/contexts/1?page=1"}`)
	o.serve("https://social.example.com/contexts/1?page=1", replyPage("", `"`+threadURI+`"`, `"https://chat.example.com/4"`))
	from := fediverse.Replies{Collection: threadAt, Context: "https://social.example.com/contexts/1"}
	if got, err := readThread(t, o, Options{}, from, 100); err != nil || !slices.Equal(got, []string{"https://chat.example.com/4"}) {
		t.Errorf("by the conversation: %q, error %v", got, err)
	}
}

// TestRepliesOfAnUnlistedPost: if nothing is known of a post, the post itself says
// where its replies are, or that there are none.
func TestRepliesOfAnUnlistedPost(t *testing.T) {
	o := newFakeOrigins(t)
	o.serve(threadURI, `{"@context":"https://www.w3.org/ns/activitystreams","type":"Note","id":"`+threadURI+`","replies":"`+threadAt+`"}`)
	o.serve(threadAt, replyPage("", `"https://chat.example.com/1"`))
	if got, err := readThread(t, o, Options{}, fediverse.Replies{}, 9); err != nil || len(got) != 1 {
		t.Errorf("%q, error %v", got, err)
	}
	o.serve(threadURI, `{"@context":"https://www.w3.org/ns/activitystreams","type":"Note","id":"`+threadURI+`","replies":{"items":[]}}`)
	o.forget()
	if got, err := readThread(t, o, Options{}, fediverse.Replies{}, 9); err != nil || len(got) != 0 || len(o.requests()) != 1 {
		t.Errorf("%q, error %v, requests %q", got, err, o.requests())
	}
	o.serve(threadURI, `{"@context":"https://www.w3.org/ns/activitystreams","type":"Note","id":"https://social.example.com/other","replies":"`+threadAt+`"}`)
	if got, err := readThread(t, o, Options{}, fediverse.Replies{}, 9); !isOrigin(err, backfill.Malformed) {
		t.Errorf("another post: %q, error %v", got, err)
	}
}

func isOrigin(err error, cause backfill.Cause) bool {
	var origin *backfill.OriginError
	return errors.As(err, &origin) && origin.Cause == cause
}

// TestHostileReplies: no collection keeps the reader for long, or sends it elsewhere.
func TestHostileReplies(t *testing.T) {
	o := newFakeOrigins(t)
	o.serve(threadAt, replyPage(threadAt, `"https://chat.example.com/1"`))
	for i := range 10_000 {
		o.serve(fmt.Sprintf("%s?page=%d", threadAt, i), replyPage(fmt.Sprintf("%s?page=%d", threadAt, i+1)))
	}
	o.serve(threadAt+"/away", replyPage("https://evil.example.com/replies", `"https://chat.example.com/2"`))
	o.serve("https://evil.example.com/replies", replyPage("", `"https://chat.example.com/3"`))
	o.serve(threadAt+"/nested", strings.Repeat(`{"type":"Collection","first":`, 50)+`{}`+strings.Repeat(`}`, 50))
	o.serve(threadAt+"/many", replyPage("", strings.Repeat(`"https://chat.example.com/x",`, maxEntries)+`"https://chat.example.com/y"`))
	o.serve(threadAt+"/broken", `{"items":[`)
	for name, c := range map[string]struct {
		from     string
		requests int
		found    int
		fails    bool
	}{
		"a loop":               {threadAt, 1, 1, false},
		"10,000 pages":         {threadAt + "?page=0", mostReplyPages, 0, false},
		"a page elsewhere":     {threadAt + "/away", 1, 1, false},
		"all of it elsewhere":  {"https://evil.example.com/replies", 0, 0, false},
		"deep collections":     {threadAt + "/nested", 1, 0, true},
		"too many entries":     {threadAt + "/many", 1, 0, true},
		"not JSON":             {threadAt + "/broken", 1, 0, true},
		"no such page":         {threadAt + "/none", 1, 0, true},
		"in clear":             {"http://social.example.com:8080/replies", 0, 0, false},
		"with a name in front": {"https://a@social.example.com/replies", 0, 0, false},
	} {
		o.forget()
		got, err := readThread(t, o, Options{}, fediverse.Replies{Collection: c.from}, 100)
		if len(got) != c.found || (err != nil) != c.fails || len(o.requests()) != c.requests {
			t.Errorf("%s: %q, error %v, requests %d", name, got, err, len(o.requests()))
		}
	}
}

// TestClosedReplies: the API shows what the collections do not only if that is
// allowed.
func TestClosedReplies(t *testing.T) {
	o := newFakeOrigins(t)
	o.fail(threadAt, http.StatusUnauthorized)
	o.set("https://social.example.com/api/v1/statuses/7/context", fakeDocument{status: http.StatusOK, contentType: "application/json", body: `{"ancestors":[],"descendants":[
		{"uri":"https://chat.example.com/1","created_at":"2026-05-01T00:00:00Z","visibility":"public","content":"<p>a</p>","account":{"uri":"https://chat.example.com/u","note":"<p>#nobot</p>"}},
		{"uri":7},null]}`})
	if got, err := readThread(t, o, Options{}, fediverse.Replies{Collection: threadAt}, 9); !isOrigin(err, backfill.NeedsSignature) || len(o.requests()) != 1 {
		t.Errorf("%q, error %v, requests %q", got, err, o.requests())
	}
	found, err := o.readerWith(t, Options{RestOnSecureOrigins: true}).RepliesTo(t.Context(), backfill.Thread{URI: threadURI, Replies: fediverse.Replies{Collection: threadAt}}, 9)
	if err != nil || len(found) != 1 || found[0].Author != "https://chat.example.com/u" || found[0].Visibility != fediverse.Public || fediverse.OptOut(found[0].Profile) != "#nobot" {
		t.Errorf("%+v, error %v", found, err)
	}
}
