package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/recorded"
)

// recordedWorld is a sandbox that gets the requests that real servers got.
type recordedWorld struct {
	*world
	alice, bob *Account
	held, new  *Post
	secret     *Post
	needed     map[string]bool // exceptions
	compared   map[string]bool // the names of answers
}

func beginRecorded(t *testing.T, version string) recordedWorld {
	return beginRecordedAt(t, version, nil)
}

func beginRecordedAt(t *testing.T, version string, clock backfill.Clock) recordedWorld {
	w := recordedWorld{world: begin(t, Options{Empty: true, Clock: clock}), needed: map[string]bool{}, compared: map[string]bool{}}
	h := w.Home()
	var options []OriginOption
	if version == recorded.Mastodon46 {
		options = append(options, NumericIDs())
	}
	o := w.AddOrigin("origin.example", options...)
	for _, host := range []*Host{h.Host, o.Host} {
		host.SetSoftware("mastodon", strings.TrimPrefix(version, "mastodon-"))
	}
	w.alice = o.AddAccount(Profile{Username: "alice", DisplayName: "alice"})
	w.bob = o.AddAccount(Profile{Username: "bob", DisplayName: "bob"})
	w.alice.Fill(30, time.Time{}, time.Hour)
	w.bob.Fill(5, time.Time{}, time.Hour)
	w.secret = w.alice.AddPost(Note{Content: "for followers", Audience: Followers})
	w.held = w.alice.AddPost(Note{Content: "with a #tag", Tags: []string{"tag"}})
	h.Know(w.alice)
	h.Follow(w.alice)
	h.Follow(w.bob)
	h.Follow(o.AddAccount(Profile{Username: "carol"}))
	h.HoldNewest(w.alice, 6)
	w.new = w.bob.Posts()[4]
	h.AddAppToken("app", "read")
	h.AddToken("dead", "read")
	h.RevokeToken("dead")
	h.AddToken("narrow", "read:lists")
	return w
}

func (w recordedWorld) search(q, kind string) string {
	return "/api/v2/search?" + url.Values{"q": {q}, "resolve": {"true"}, "type": {kind}, "limit": {"1"}}.Encode()
}

// questions are the requests to the sandbox's home for each recorded answer: the
// path, and the token.
func (w recordedWorld) questions() map[string][2]string {
	alice := w.accountID("alice@origin.example")
	const me = "/api/v1/accounts/verify_credentials"
	return map[string][2]string{
		"actor": {"/actor"}, "instance-v1": {"/api/v1/instance"}, "instance-v2": {"/api/v2/instance", Token},
		"nodeinfo-index": {"/.well-known/nodeinfo"}, "nodeinfo": {"/nodeinfo/2.0"},
		"app-token": {me, "app"}, "no-token": {me}, "wrong-token": {me, "x"}, "revoked-token": {me, "dead"}, "verify-credentials": {me, Token},
		"verify-app":     {"/api/v1/apps/verify_credentials", Token},
		"lookup":         {"/api/v1/accounts/lookup?acct=alice@origin.example", Token},
		"lookup-unknown": {"/api/v1/accounts/lookup?acct=nobody@nowhere.example", Token},
		"relationships":  {"/api/v1/accounts/relationships?id[]=" + alice, Token},
		"scope-missing":  {"/api/v1/accounts/relationships?id[]=" + alice, "narrow"}, "scope-missing-search": {w.search(w.held.URI(), "statuses"), "narrow"},
		"search-account": {w.search("@alice@origin.example", "accounts"), Token}, "search-account-unknown": {w.search("@nobody@origin.example", "accounts"), Token},
		"search-dead-host": {w.search("https://nowhere.zoo.example/users/x/statuses/1", "statuses"), Token},
		"search-gone":      {w.search(w.alice.URI()+"/statuses/1", "statuses"), Token}, "search-private": {w.search(w.secret.URI(), "statuses"), Token},
		"search-held": {w.search(w.held.URI(), "statuses"), Token}, "search-new": {w.search(w.new.URI(), "statuses"), Token},
		"search-without-token":     {w.search(w.held.URI(), "statuses")},
		"statuses-first":           {"/api/v1/accounts/" + alice + "/statuses?exclude_reblogs=true&limit=3", Token},
		"statuses-unknown-account": {"/api/v1/accounts/1/statuses", Token},
		"following":                {"/api/v1/accounts/" + formatID(w.Home().you.ID) + "/following?limit=2", Token},
		"followers":                {"/api/v1/accounts/" + formatID(w.Home().you.ID) + "/followers?limit=2", Token},
		"lists":                    {"/api/v1/lists", Token},
		"follow-requests":          {"/api/v1/follow_requests?limit=2", Token},
		"domain-blocks":            {"/api/v1/instance/domain_blocks"},
		"oauth-metadata":           {"/.well-known/oauth-authorization-server"},
		"backfill":                 {"/api/v1/accounts/" + alice + "/backfill", Token},
	}
}

// documents are the requests to the sandbox's origin.
func (w recordedWorld) documents() map[string]string {
	alice := strings.TrimPrefix(w.alice.URI(), "https://origin.example")
	note := alice + "/statuses/" + formatID(w.held.id)
	return map[string]string{
		"actor": alice, "actor-unknown": "/users/nobody", "featured": alice + "/collections/featured",
		"note": note, "note-unknown": alice + "/statuses/1", "note-replies": note + "/replies?page=true&only_other_accounts=true",
		"outbox": alice + "/outbox", "outbox-page-1": alice + "/outbox?page=true", "outbox-last": alice + "/outbox?max_id=1&page=true",
		"outbox-page-2": alice + "/outbox?max_id=" + formatID(w.alice.posts[len(w.alice.posts)-3].id) + "&page=true",
		"webfinger":     "/.well-known/webfinger?resource=acct:alice@origin.example", "webfinger-unknown": "/.well-known/webfinger?resource=acct:nobody@origin.example",
		"host-meta": "/.well-known/host-meta", "robots": "/robots.txt", "rest-lookup": "/api/v1/accounts/lookup?acct=alice",
	}
}

// exceptions are where the sandbox differs, and why. A path is that of a member,
// with * for each entry of a list; a header is "header NAME".
var exceptions = map[string]string{
	"* @context": "it matters that a document has one, not which words of others it explains",
	"origin-authorized-fetch/badly-signed error":         "there are many faults of a signature, and the sandbox looks for other ones first",
	"origin-authorized-fetch/badly-signed signed_string": "it tells people what was compared, and no program reads it",
	"origin-authorized-fetch/badly-signed signature":     "the same",
	"followers *.noindex":                                "of local accounts: the only follower in the sandbox is you, and the recorded one was remote",
	"followers *.roles":                                  "the same",
	"* header Last-Modified":                             "of robots.txt, a file on a disk; the sandbox has none",
}

// TestTheSandboxAnswersAsMastodon sends the sandbox the requests that Mastodon got
// and compares the status, the names of the headers and the members of the body.
func TestTheSandboxAnswersAsMastodon(t *testing.T) {
	needed := map[string]bool{}
	for _, version := range recorded.Versions() {
		t.Run(version, func(t *testing.T) { testSandboxAnswers(t, version, needed) })
	}
	for path := range exceptions {
		if !needed[path] {
			t.Errorf("the exception %q is not needed", path)
		}
	}
}

func testSandboxAnswers(t *testing.T, version string, needed map[string]bool) {
	w := beginRecorded(t, version)
	w.needed = needed
	questions := w.questions()
	if version == recorded.Mastodon43 { // the version in which the account had a follower
		questions["followers"] = [2]string{"/api/v1/accounts/" + w.accountID("alice@origin.example") + "/followers?limit=2", Token}
	}
	for _, e := range recorded.Folder(t, version) {
		name := strings.TrimPrefix(e.Name, version+"/")
		q, ok := questions[name]
		switch {
		case name == "rate-limited":
			continue
		case !ok:
			t.Errorf("nothing is asked for %s", name)
			continue
		}
		w.compare(name, e, "https://"+HomeDomain+q[0], q[1])
	}
	for name, path := range w.documents() {
		w.compare("origin/"+name, recorded.Read(t, version+"/origin/"+name), "https://origin.example"+path, "")
	}
	for _, e := range recorded.Folder(t, version+"/origin") {
		if name := strings.TrimPrefix(e.Name, version+"/origin/"); w.documents()[name] == "" {
			t.Errorf("nothing is asked for origin/%s", name)
		}
	}
	if version == recorded.Mastodon43 {
		w.compareClosed()
	}
	w.Home().SetLimits(Limits{Token: Limit{1, time.Hour}})
	w.Home().Spend(Token, 5)
	w.compare("rate-limited", recorded.Read(t, recorded.Mastodon46+"/rate-limited"), "https://"+HomeDomain+"/api/v1/accounts/verify_credentials", Token)
}

// compareClosed asks an origin that demands signatures.
func (w recordedWorld) compareClosed() {
	w.alice.Origin().SetHidden(true)
	alice := w.alice.URI()
	for name, address := range map[string]string{
		"actor": alice, "outbox": alice + "/outbox", "outbox-page": alice + "/outbox?page=true",
		"webfinger":     "https://origin.example/.well-known/webfinger?resource=acct:alice@origin.example",
		"rest-statuses": "https://origin.example/api/v1/accounts/lookup?acct=alice", // what was requested under that name
		"badly-signed":  alice,
	} {
		e := recorded.Read(w.t, recorded.Mastodon43+"/origin-authorized-fetch/"+name)
		w.compare("origin-authorized-fetch/"+name, e, address, "")
	}
}

func (w recordedWorld) compare(name string, e recorded.Exchange, address, token string) reply {
	w.t.Helper()
	w.compared[name] = true
	header := []string{"Accept", e.Sent.Get("Accept")}
	if kind := e.Sent.Get("Content-Type"); kind != "" {
		header = append(header, "Content-Type", kind)
	}
	if signature := e.Sent.Get("Signature"); signature != "" {
		header = append(header, "Signature", signature)
	}
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	got, err := w.send(e.Method, address, e.Form, header...)
	if err != nil {
		w.t.Errorf("%s: %v", name, err)
		return reply{}
	}
	var found []string
	if got.status != e.Status {
		found = append(found, fmt.Sprintf("status %d, want %d", got.status, e.Status))
	}
	found = append(found, differingHeaders(got.header, e.Header)...)
	if e.JSON() {
		var ours, theirs any
		if err := json.Unmarshal(e.Body, &theirs); err != nil {
			w.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got.body), &ours); err != nil {
			found = append(found, "no JSON: "+got.body)
		} else {
			found = append(found, differences("", ours, theirs)...)
		}
	}
	for _, f := range found {
		if !w.excepted(name, f) {
			w.t.Errorf("%s: %s", name, f)
		}
	}
	return got
}

// excepted says whether a difference has a reason, and notes that it is needed.
func (w recordedWorld) excepted(name, difference string) bool {
	for path := range exceptions {
		where, what, _ := strings.Cut(path, " ")
		if (where == "*" || where == name) && (difference == what || strings.HasPrefix(difference, what+":") || strings.HasPrefix(difference, what+".")) {
			w.needed[path] = true
			return true
		}
	}
	return false
}

// exactHeaders are the headers whose values must be the same.
var exactHeaders = []string{"Content-Type", "Cache-Control", "Vary", "Deprecation", "Pragma", "Www-Authenticate"}

// exactMembers are the members whose values must be the same.
var exactMembers = []string{"error", "error_description"}

// ownHeaders are headers that every server writes, whatever is behind it.
var ownHeaders = []string{"Date", "Content-Length"}

func differingHeaders(got, want http.Header) (found []string) {
	for name := range want {
		switch {
		case slices.Contains(ownHeaders, name):
		case got.Get(name) == "":
			found = append(found, "header "+name+": missing, want "+want.Get(name))
		case slices.Contains(exactHeaders, name) && got.Get(name) != want.Get(name):
			found = append(found, fmt.Sprintf("header %s: %s, want %s", name, got.Get(name), want.Get(name)))
		}
	}
	for name := range got {
		if want.Get(name) == "" && !slices.Contains(ownHeaders, name) {
			found = append(found, "header "+name+": "+got.Get(name)+", want none")
		}
	}
	return found
}

// differences compares the names of members and the kinds of their values. Null
// matches everything: whether there is a value depends on the account.
func differences(path string, got, want any) []string {
	switch want := want.(type) {
	case map[string]any:
		ours, ok := got.(map[string]any)
		if !ok {
			break
		}
		return differentMembers(path, ours, want)
	case []any:
		ours, ok := got.([]any)
		if !ok {
			break
		}
		if len(ours) == 0 || len(want) == 0 {
			return nil
		}
		return differences(path+".*", ours[0], want[0])
	}
	if kind(got) != kind(want) && got != nil && want != nil {
		return []string{fmt.Sprintf("%s: %s, want %s", strings.TrimPrefix(path, "."), kind(got), kind(want))}
	}
	return nil
}

func differentMembers(path string, got, want map[string]any) (found []string) {
	for name, value := range want {
		member := path + "." + name
		if ours, ok := got[name]; ok {
			found = append(found, differences(member, ours, value)...)
			if slices.Contains(exactMembers, name) && ours != value {
				found = append(found, fmt.Sprintf("%s: %v, want %v", strings.TrimPrefix(member, "."), ours, value))
			}
			continue
		}
		found = append(found, fmt.Sprintf("%s: missing, want %s", strings.TrimPrefix(member, "."), kind(value)))
	}
	for name, value := range got {
		if _, ok := want[name]; !ok {
			found = append(found, fmt.Sprintf("%s: %s, want none", strings.TrimPrefix(path+"."+name, "."), kind(value)))
		}
	}
	return found
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "list"
	}
	return "object"
}

// TestUnchangedDocumentsAreNotSentAgain: Mastodon answers 304, without a body, if
// the client already has the actor, the outbox or a page.
func TestUnchangedDocumentsAreNotSentAgain(t *testing.T) {
	w := beginRecorded(t, recorded.Mastodon46)
	for _, name := range []string{"actor", "outbox", "outbox-page-1", "note", "featured"} {
		address := "https://origin.example" + w.documents()[name]
		first := w.fetch(address, "Accept", "application/activity+json")
		tag := first.header.Get("Etag")
		again := w.fetch(address, "Accept", "application/activity+json", "If-None-Match", tag)
		if !strings.HasPrefix(tag, `W/"`) || again.status != http.StatusNotModified || again.body != "" || again.header.Get("Etag") != tag {
			t.Errorf("%s: %q, then %d with %d bytes", name, tag, again.status, len(again.body))
		}
		if other := w.fetch(address, "Accept", "application/activity+json", "If-None-Match", `W/"x"`); other.status != http.StatusOK {
			t.Errorf("%s, another tag: %d", name, other.status)
		}
	}
	before := w.fetch(w.alice.URI()+"/outbox?page=true", "Accept", "application/activity+json").header.Get("Etag")
	w.alice.AddPost(Note{Content: "new"})
	if after := w.fetch(w.alice.URI()+"/outbox?page=true", "Accept", "application/activity+json", "If-None-Match", before); after.status != http.StatusOK {
		t.Errorf("a page with a new post: %d", after.status)
	}
}
