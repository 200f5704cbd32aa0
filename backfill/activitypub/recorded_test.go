package activitypub

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
	"tootfill/backfill/recorded"
)

// recordedOrigin is an account of a real origin.
type recordedOrigin struct {
	version string
	account fediverse.Account
	total   int
	// boosts are the announces among the entries of the first two pages.
	boosts int
}

func recordedOrigins() []recordedOrigin {
	return []recordedOrigin{
		{recorded.Mastodon46, fediverse.Account{Handle: fediverse.Handle{User: "bob", Domain: "home.example"}, Username: "bob",
			URI: "https://home.example/ap/users/117687720855585013"}, 150, 0},
		{recorded.Mastodon43, fediverse.Account{Handle: fediverse.Handle{User: "alice", Domain: "origin.example"}, Username: "alice",
			URI: "https://origin.example/users/alice"}, 723, 1},
	}
}

// documentsNotRead are the recorded documents that no reader of this package
// requests.
var documentsNotRead = []string{"featured", "note-replies"}

// readRecorded returns a Reader whose origins answer as real ones did.
func readRecorded(t *testing.T, o Options, exchanges ...recorded.Exchange) *Reader {
	t.Helper()
	address, roots := recorded.Play(t, exchanges...).Serve()
	client := fetch.New(fetch.Options{
		Lookup: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		RootCAs: roots, Burst: 10000, Clock: backfilltest.NewClock(),
	})
	t.Cleanup(client.CloseIdleConnections)
	o.Client = client
	return New(o)
}

// TestRecordedOrigins gives every reader every document recorded from an account's
// origin.
func TestRecordedOrigins(t *testing.T) {
	for _, o := range recordedOrigins() {
		t.Run(o.version, func(t *testing.T) {
			used := slices.Clone(documentsNotRead)
			read := func(names ...string) (all []recorded.Exchange) {
				for _, name := range names {
					used = append(used, name)
					all = append(all, recorded.Read(t, o.version+"/origin/"+name))
				}
				return append(all, recorded.Read(t, o.version+"/nodeinfo-index"), recorded.Read(t, o.version+"/nodeinfo"))
			}
			testRecordedListing(t, o, read)
			testRecordedStrangers(t, o, read)
			testRecordedNote(t, o, read)
			for _, e := range recorded.Folder(t, o.version+"/origin") {
				if name := strings.TrimPrefix(e.Name, o.version+"/origin/"); !slices.Contains(used, name) {
					t.Errorf("nobody reads %s", name)
				}
			}
		})
	}
}

// profile is what is requested from an origin before its posts are listed.
var profile = []string{"robots", "webfinger", "actor", "outbox", "outbox-page-1"}

type readDocuments func(names ...string) []recorded.Exchange

// ownHost turns the answers of nodeinfo, which were recorded from the home of each
// version, into those of the origin, which is the other server.
func ownHost(exchanges []recorded.Exchange, host string) []recorded.Exchange {
	for i, e := range exchanges {
		u := *e.URL
		u.Host = host
		exchanges[i].URL = &u
		exchanges[i].Body = []byte(strings.ReplaceAll(string(e.Body), `"https://`+e.URL.Host+`/nodeinfo`, `"https://`+host+`/nodeinfo`))
	}
	return exchanges
}

func testRecordedListing(t *testing.T, o recordedOrigin, read readDocuments) {
	documents := ownHost(read(append(profile, "outbox-page-2", "outbox-last")...), o.account.Handle.Domain)
	second, last := documents[5], documents[6]
	pageTwo, err := loosejson.Parse(second.Body)
	if err != nil {
		t.Fatal(err)
	}
	// what came between these two pages was not recorded
	next, err := url.Parse(pageTwo.Text("next"))
	if err != nil {
		t.Fatal(err)
	}
	documents[6] = last.With(next.Path, next.RawQuery)
	r := readRecorded(t, Options{}, documents...)
	l, err := r.Open(t.Context(), o.account)
	if err != nil {
		t.Fatal(err)
	}
	if a := l.Actor(); a.URI != o.account.URI || a.Handle != o.account.Handle {
		t.Errorf("actor: %+v", a)
	}
	var posts []fediverse.Post
	pages, cursor := 0, ""
	for {
		p, err := l.Page(t.Context(), cursor)
		if err != nil {
			t.Fatalf("page %d: %v", pages+1, err)
		}
		pages++
		posts = append(posts, p.Posts...)
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	isBoost := func(p fediverse.Post) bool { return p.Boost }
	own := slices.DeleteFunc(slices.Clone(posts), isBoost)
	if pages != 3 || len(posts) != 40 || len(own) != 40-o.boosts {
		t.Errorf("%d posts on %d pages, %d of them own; want 40 on 3, and %d boosts", len(posts), pages, len(own), o.boosts)
	}
	for i, p := range own {
		if p.Published.IsZero() || p.Author != o.account.URI || p.Bare || p.Visibility < fediverse.Unlisted || !strings.HasPrefix(p.URI, o.account.URI+"/statuses/") {
			t.Errorf("post %d: %+v", i, p)
		}
		if i > 0 && own[i-1].Published.Before(p.Published) {
			t.Errorf("post %d is younger than the one before it", i)
		}
	}
	d := r.Describe(t.Context(), o.account)
	if version := strings.TrimPrefix(o.version, "mastodon-"); d.Count != o.total || d.Outbox != Readable ||
		d.Source != ListingOutbox || d.Shortfall != "" || d.Software != "mastodon" || d.Version != version {
		t.Errorf("description: %+v", d)
	}
}

func testRecordedStrangers(t *testing.T, o recordedOrigin, read readDocuments) {
	nobody := o.account
	nobody.Handle.User, nobody.Username, nobody.URI = "nobody", "nobody", ""
	// host-meta leads to the same WebFinger, which knows nobody by that name
	r := readRecorded(t, Options{}, ownHost(read("robots", "webfinger-unknown", "host-meta"), o.account.Handle.Domain)...)
	_, err := r.Open(t.Context(), nobody)
	wantCause(t, err, backfill.NotFound)
	unknown := ownHost(read("robots", "webfinger", "actor-unknown", "rest-lookup"), o.account.Handle.Domain)
	unknown[2] = unknown[2].With(strings.TrimPrefix(o.account.URI, "https://"+o.account.Handle.Domain), "")
	_, err = readRecorded(t, Options{}, unknown...).Open(t.Context(), o.account)
	wantCause(t, err, backfill.NotFound)
}

func testRecordedNote(t *testing.T, o recordedOrigin, read readDocuments) {
	first := read("note")[0]
	documents := ownHost(read(append(profile, "note", "note-unknown")...), o.account.Handle.Domain)
	r := readRecorded(t, Options{}, documents...)
	l, err := r.Open(t.Context(), o.account)
	if err != nil {
		t.Fatal(err)
	}
	bare := fediverse.Post{URI: first.URL.String(), Bare: true}
	p, err := l.ReadPost(t.Context(), bare)
	if err != nil || p.Bare || p.URI != bare.URI || p.Author != o.account.URI || p.Published.IsZero() || p.Visibility != fediverse.Public {
		t.Errorf("a note: %+v, %v", p, err)
	}
	bare.URI = recorded.Read(t, o.version+"/origin/note-unknown").URL.String()
	if p, err := l.ReadPost(t.Context(), bare); err != nil || !p.Bare {
		t.Errorf("a note that is not there: %+v, %v", p, err)
	}
}

// TestRecordedAuthorizedFetch reads an origin that demands signatures: its WebFinger
// and its REST API still answer.
func TestRecordedAuthorizedFetch(t *testing.T) {
	folder := recorded.Mastodon43 + "/origin-authorized-fetch"
	a := recordedOrigins()[1].account
	read := func(name string) recorded.Exchange { return recorded.Read(t, folder+"/"+name) }
	robots := recorded.Read(t, recorded.Mastodon43+"/origin/robots")
	for _, actor := range []string{"actor", "badly-signed"} {
		_, err := readRecorded(t, Options{}, robots, read("webfinger"), read(actor)).Open(t.Context(), a)
		wantCause(t, err, backfill.NeedsSignature)
	}
	// The same if only the list is closed.
	for _, closed := range [][]recorded.Exchange{
		{read("outbox")},
		{recorded.Read(t, recorded.Mastodon43+"/origin/outbox"), read("outbox-page")},
	} {
		documents := append([]recorded.Exchange{robots, read("webfinger"), recorded.Read(t, recorded.Mastodon43+"/origin/actor")}, closed...)
		l, err := readRecorded(t, Options{}, append(documents, ownHost([]recorded.Exchange{
			recorded.Read(t, recorded.Mastodon43+"/nodeinfo-index"), recorded.Read(t, recorded.Mastodon43+"/nodeinfo")}, "origin.example")...)...).Open(t.Context(), a)
		if err == nil {
			_, err = l.Page(t.Context(), "")
		}
		wantCause(t, err, backfill.NeedsSignature)
	}
}
