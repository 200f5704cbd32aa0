package activitypub_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/httpsig"
	"tootfill/backfill/rsakey"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

const (
	typeActivity = "application/activity+json"
	gibibyte     = 1 << 30
	mebibyte     = 1 << 20
)

// hostileCase is an origin with bad intentions, and the expected outcome.
type hostileCase struct {
	name string
	// arm turns the origin of alice against us.
	arm func(s *sandbox.Sandbox, alice *sandbox.Account)
	// cause is the cause of the error; empty if there is none.
	cause backfill.Cause
	// own is how many different posts of alice's on her host are listed.
	own int
	// within bounds the time; requests bounds the number of requests.
	within   time.Duration
	requests int64
	// memory bounds the growth of the heap, in MiB.
	memory uint64
}

// outboxIs makes a handler answer for the outbox and its pages.
func outboxIs(h http.Handler) func(*sandbox.Sandbox, *sandbox.Account) {
	return func(_ *sandbox.Sandbox, alice *sandbox.Account) {
		alice.Origin().SetFault(fault.OnRoute(alice.OutboxPath(), fault.Always(h)))
	}
}

// outboxOf does the same with a handler that depends on the account.
func outboxOf(h func(*sandbox.Account) http.Handler) func(*sandbox.Sandbox, *sandbox.Account) {
	return func(s *sandbox.Sandbox, alice *sandbox.Account) { outboxIs(h(alice))(s, alice) }
}

func leadsTo(next string) func(*sandbox.Sandbox, *sandbox.Account) {
	return outboxOf(func(a *sandbox.Account) http.Handler { return fault.OutboxLeadingTo(a.URI(), next) })
}

// inner gives inner.example a private address.
func inner(s *sandbox.Sandbox) {
	s.Network().SetAddress("inner.example", netip.MustParseAddr("10.0.0.7"))
}

func hostileCases() []hostileCase {
	// Each case reads robots.txt, WebFinger and the actor before the outbox.
	return []hostileCase{
		{"cyclic pages", outboxOf(func(a *sandbox.Account) http.Handler { return fault.CyclicOutbox(a.URI(), 4) }), "", 4, time.Minute, 10, 8},
		{"a page that leads to itself", outboxOf(func(a *sandbox.Account) http.Handler { return fault.CyclicOutbox(a.URI(), 1) }), "", 1, time.Minute, 10, 8},
		{"endless pages without news", outboxOf(func(a *sandbox.Account) http.Handler { return fault.EndlessOutbox(a.URI(), false) }), "", 1, time.Minute, 12, 8},
		{"endless pages", outboxOf(func(a *sandbox.Account) http.Handler { return fault.EndlessOutbox(a.URI(), true) }), "", 200, 5 * time.Minute, 210, 16},
		{"1 GiB as fast as it goes", outboxIs(fault.Flood(typeActivity, gibibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"1 GiB dripping", outboxIs(fault.Drip(typeActivity, gibibyte, 1000, time.Second)), backfill.Malformed, 0, time.Minute, 10, 8},
		{"a drip of 6 MiB", outboxIs(fault.Drip(typeActivity, 6*mebibyte, 1000, time.Second)), backfill.Unreachable, 0, time.Minute, 10, 8},
		{"a gzip bomb of 1 GiB", outboxIs(fault.GzipBomb(typeActivity, gibibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"arrays a million deep", outboxIs(fault.DeepJSON(typeActivity, mebibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"objects 100,000 deep", outboxIs(fault.DeepObject(typeActivity, 100000)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"8 MiB of empty objects", outboxIs(fault.WideObject(typeActivity, `{}`, 8*mebibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"8 MiB of small objects", outboxIs(fault.WideObject(typeActivity, `{"a":0}`, 8*mebibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"8 MiB of numbers", outboxIs(fault.WideObject(typeActivity, `0`, 8*mebibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"8 MiB of strings", outboxIs(fault.WideObject(typeActivity, `"a"`, 8*mebibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"8 MiB of lists", outboxIs(fault.WideObject(typeActivity, `[]`, 8*mebibyte)), backfill.Malformed, 0, time.Minute, 10, 64},
		{"8 MiB of members", outboxIs(fault.ManyMembers(typeActivity, 8*mebibyte)), "", 0, time.Minute, 10, 256},
		{"8 MiB of types", outboxIs(fault.Respond(200, typeActivity, `{"orderedItems":[],"type":["OrderedCollection"`+strings.Repeat(",0", 4*mebibyte-40)+`]}`)), "", 0, time.Minute, 10, 64},
		{"1 MiB of headers", outboxIs(fault.ManyHeaders(typeActivity, mebibyte)), backfill.Unreachable, 0, time.Minute, 10, 16},
		{"slow loris", outboxIs(fault.SlowLoris(time.Second)), backfill.Unreachable, 0, time.Minute, 10, 8},
		{"no answer", outboxIs(fault.Hang()), backfill.Unreachable, 0, time.Minute, 10, 8},
		{"redirect loop", outboxIs(fault.RedirectLoop()), backfill.Malformed, 0, time.Minute, 10, 8},
		{"redirect to itself", outboxOf(func(a *sandbox.Account) http.Handler { return fault.RedirectTo(a.OutboxPath()) }), backfill.Malformed, 0, time.Minute, 10, 8},
		{"redirect to loopback", outboxIs(fault.RedirectTo("https://127.0.0.1/outbox")), backfill.Forbidden, 0, time.Minute, 10, 8},
		{"redirect to the metadata address", outboxIs(fault.RedirectTo("https://169.254.169.254/latest/meta-data/")), backfill.Forbidden, 0, time.Minute, 10, 8},
		{"redirect to a mapped loopback", outboxIs(fault.RedirectTo("https://[::ffff:7f00:1]/")), backfill.Forbidden, 0, time.Minute, 10, 8},
		{"redirect to a name of the inner network", func(s *sandbox.Sandbox, a *sandbox.Account) {
			inner(s)
			outboxIs(fault.RedirectTo("https://inner.example/outbox"))(s, a)
		}, backfill.Forbidden, 0, time.Minute, 10, 8},
		{"redirect to plain http", outboxIs(fault.RedirectTo("http://photos.example/outbox")), backfill.Forbidden, 0, time.Minute, 10, 8},
		{"next on loopback", leadsTo("https://127.0.0.1/outbox?page=2"), backfill.Forbidden, 1, time.Minute, 10, 8},
		{"next on the metadata address", leadsTo("https://169.254.169.254/latest/meta-data/"), backfill.Forbidden, 1, time.Minute, 10, 8},
		{"next on another host", leadsTo("https://notes.example/outbox"), backfill.Forbidden, 1, time.Minute, 10, 8},
		{"next on another port", leadsTo("https://photos.example:6379/outbox"), backfill.Forbidden, 1, time.Minute, 10, 8},
		{"next with a user", leadsTo("https://u:p@photos.example/outbox"), backfill.Forbidden, 1, time.Minute, 10, 8},
		{"the whole origin in the inner network", func(s *sandbox.Sandbox, a *sandbox.Account) {
			s.Network().SetAddress("photos.example", netip.MustParseAddr("192.168.1.1"))
		}, backfill.Forbidden, 0, time.Minute, 2, 8},
		{"foreign ids", func(s *sandbox.Sandbox, a *sandbox.Account) {
			mallory := s.Origin("notes.example").AddAccount(sandbox.Profile{Username: "mallory"})
			outboxIs(fault.ForeignOutbox(a.URI(), mallory.URI()))(s, a)
		}, "", 1, time.Minute, 10, 8},
		{"HTML", outboxIs(fault.FailHTML(http.StatusOK)), backfill.Malformed, 0, time.Minute, 10, 8},
		{"500", outboxIs(fault.Fail(http.StatusInternalServerError)), backfill.ServerError, 0, time.Minute, 10, 8},
		{"reset", outboxIs(fault.Drop()), backfill.Unreachable, 0, time.Minute, 10, 8},
		{"reset in the middle", outboxIs(fault.BreakOff(typeActivity, `{"type":"OrderedCollection","orderedItems":[`)), backfill.Unreachable, 0, time.Minute, 10, 8},
		{"expired certificate", func(_ *sandbox.Sandbox, a *sandbox.Account) { a.Origin().ExpireCertificate() }, backfill.Unreachable, 0, time.Minute, 10, 8},
		{"octets", outboxIs(fault.Respond(200, "application/octet-stream", `{"type":"OrderedCollection","orderedItems":[]}`)), backfill.Malformed, 0, time.Minute, 10, 8},
		{"JSON-LD of another profile", outboxIs(fault.Respond(200, `application/ld+json; profile="https://evil.example"`, `{"type":"OrderedCollection"}`)), backfill.Malformed, 0, time.Minute, 10, 8},
		{"no content type", outboxIs(fault.Respond(200, "", `{"type":"OrderedCollection"}`)), backfill.Malformed, 0, time.Minute, 10, 8},
		{"an actor as octets", func(_ *sandbox.Sandbox, a *sandbox.Account) {
			a.Origin().SetFault(fault.OnRoute("/users/alice", fault.Always(fault.Respond(200, "application/octet-stream", `{"id":"`+a.URI()+`","type":"Person"}`))))
		}, backfill.Malformed, 0, time.Minute, 10, 8},
		{"a flood for an actor", func(_ *sandbox.Sandbox, a *sandbox.Account) {
			a.Origin().SetFault(fault.OnRoute("/users/alice", fault.Always(fault.Flood(typeActivity, gibibyte))))
		}, backfill.Malformed, 0, time.Minute, 10, 16},
		{"WebFinger that points to loopback", webFingerIs("acct:alice@photos.example", "https://127.0.0.1/users/alice"), backfill.Forbidden, 0, time.Minute, 10, 8},
		{"WebFinger of somebody elsewhere", webFingerIs("acct:mallory@notes.example", "https://photos.example/users/alice"), backfill.NotFound, 0, time.Minute, 10, 8},
		{"a flood for robots.txt", func(_ *sandbox.Sandbox, a *sandbox.Account) {
			a.AddPost(sandbox.Note{})
			a.Origin().SetFault(fault.OnRoute("/robots.txt", fault.Always(fault.Flood("text/plain", gibibyte))))
		}, "", 1, time.Minute, 10, 16},
		{"a flood for WebFinger", func(_ *sandbox.Sandbox, a *sandbox.Account) {
			a.Origin().SetFault(fault.OnRoute("/.well-known/webfinger", fault.Always(fault.Flood("application/jrd+json", gibibyte))))
		}, backfill.Malformed, 0, time.Minute, 10, 16},
	}
}

func webFingerIs(subject, actor string) func(*sandbox.Sandbox, *sandbox.Account) {
	return func(_ *sandbox.Sandbox, a *sandbox.Account) {
		a.Origin().SetFault(fault.OnRoute("/.well-known/webfinger", fault.Always(fault.WebFinger(subject, actor))))
	}
}

// Each case stays within its time, its number of requests and its memory, ends with
// the right cause, and makes no connection to a private address.
func TestHostileOrigins(t *testing.T) {
	for _, c := range hostileCases() {
		t.Run(c.name, func(t *testing.T) {
			o := c.run(t, "outbox")
			c.judge(t, o)
		})
	}
}

// The same, but other listings may be tried after the outbox. Cases that cost much
// memory were measured above and are left out.
func TestHostileOriginsWithAllListings(t *testing.T) {
	for _, c := range hostileCases() {
		if c.memory > 16 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			c.requests += 12
			c.run(t, "auto")
		})
	}
}

// judge checks the listed posts and the error.
func (c hostileCase) judge(t *testing.T, o outcome) {
	t.Helper()
	switch {
	case c.cause == "":
		if o.err != nil {
			t.Error(o.err)
		}
	default:
		var refused *backfill.OriginError
		if !errors.As(o.err, &refused) || refused.Cause != c.cause {
			t.Errorf("error = %v, want %s", o.err, c.cause)
		}
	}
	if o.own != c.own {
		t.Errorf("%d own posts, want %d", o.own, c.own)
	}
}

// run lets the reader walk, and checks what that cost.
func (c hostileCase) run(t *testing.T, listing string) (o outcome) {
	t.Helper()
	peak := peakOf(t, func() { o = visitHostile(t, listing, c.arm) })
	t.Logf("%d own posts, %d requests, %s, %.1f MiB: %v", o.own, o.requests, o.took, float64(peak)/mebibyte, o.err)
	if o.took > c.within || o.requests > c.requests {
		t.Errorf("took %s and %d requests", o.took, o.requests)
	}
	if peak > c.memory*mebibyte {
		t.Errorf("%d MiB", peak/mebibyte)
	}
	for _, addr := range o.dialed {
		ip, err := netip.ParseAddrPort(addr)
		if err != nil || !ip.Addr().IsGlobalUnicast() || ip.Addr().IsPrivate() || ip.Port() != 443 {
			t.Errorf("a connection to %s was tried", addr)
		}
	}
	return o
}

// outcome is the result of a walk.
type outcome struct {
	own      int
	requests int64
	took     time.Duration
	dialed   []string
	err      error
}

// maxHostilePages is where the test itself gives up; other tests cover the reader's
// caps.
const maxHostilePages = 200

func visitHostile(t *testing.T, listing string, arm func(*sandbox.Sandbox, *sandbox.Account)) (o outcome) {
	visitAs(t, sandbox.Options{Empty: true}, activitypub.Options{Listing: listing}, func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader) {
		s.AddOrigin("notes.example")
		alice := s.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "alice"})
		arm(s, alice)
		start := time.Now()
		o.own, o.err = walkHostile(t.Context(), r, alice)
		o.took, o.requests, o.dialed = time.Since(start), c.Requests(), s.Network().Dialed()
	})
	return o
}

// visitAs is visit with options for the reader.
func visitAs(t *testing.T, so sandbox.Options, ao activitypub.Options, test func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader)) {
	visit(t, so, func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, _ *activitypub.Reader) {
		ao.Client = c
		test(t, s, c, activitypub.New(ao))
	})
}

func walkHostile(ctx context.Context, r *activitypub.Reader, alice *sandbox.Account) (own int, err error) {
	found := make(map[string]bool)
	defer func() { own = len(found) }()
	l, err := r.Open(ctx, fediverse.Account{Handle: alice.Handle(), Username: "alice"})
	if err != nil {
		return 0, err
	}
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		p, err := l.Page(ctx, cursor)
		if err != nil {
			return 0, err
		}
		for _, post := range p.Posts {
			if post.Author == alice.URI() && strings.HasPrefix(post.URI, "https://photos.example/") {
				found[post.URI] = true
			}
		}
		if cursor = p.Next; pages+1 >= maxHostilePages {
			return 0, nil
		}
	}
	return 0, nil
}

// peakOf measures how much the heap grows at most while f runs. The garbage
// collector runs often in that time, so hardly any garbage is counted.
func peakOf(t *testing.T, f func()) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	runtime.GC()
	before := heap()
	var peak atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(2 * time.Millisecond)
		defer ticker.Stop()
		for {
			peak.Store(max(peak.Load(), heap()))
			select {
			case <-ticker.C:
			case <-stop:
				return
			}
		}
	}()
	f()
	close(stop)
	<-stopped
	if peak.Load() < before {
		return 0
	}
	return peak.Load() - before
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// With one of home's keys, the outbox of an origin that demands signatures is read
// like any other; without a key it is not, and a wrong key does not help.
func TestSignedListing(t *testing.T) {
	for name, c := range map[string]struct {
		rfc9421, unsigned bool
		id                string
	}{
		"draft": {}, "RFC 9421": {rfc9421: true}, "unsigned": {unsigned: true},
		"key of nobody": {id: "https://home.example/users/nobody#main-key"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { listSecret(t, c.rfc9421, c.unsigned, c.id) })
		})
	}
}

func listSecret(t *testing.T, rfc9421, unsigned bool, id string) {
	s, err := sandbox.Start(sandbox.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	secret := s.Account("secret@closed.example")
	secret.Origin().SetRFC9421Only(rfc9421)
	n := s.Network()
	o := fetch.Options{Lookup: n.LookupNetIP, Dial: n.DialContext, RootCAs: n.RootCAs()}
	if !unsigned {
		o.Signer = instanceSigner(t, s, id)
	}
	c := fetch.New(o)
	r := activitypub.New(activitypub.Options{Client: c, Listing: "outbox"})
	l, err := r.Open(t.Context(), fediverse.Account{Handle: secret.Handle(), Username: "secret", URI: secret.URI()})
	if unsigned || id != "" {
		var refused *backfill.OriginError
		if err == nil {
			_, err = l.Page(t.Context(), "")
		}
		want := backfill.NeedsSignature
		if !unsigned {
			want = backfill.Walled
		}
		if !errors.As(err, &refused) || refused.Cause != want {
			t.Errorf("error = %v", err)
		}
	} else if err != nil {
		t.Error(err)
	} else {
		listed, _ := posts(t, l)
		for _, uri := range secret.Eligible() {
			if !slices.ContainsFunc(listed, func(p fediverse.Post) bool { return p.URI == uri }) {
				t.Errorf("%s is not listed", uri)
			}
		}
		if reads := s.Home().Requests()["GET /actor"]; reads != 1 {
			t.Errorf("the key was read %d times", reads)
		}
	}
	c.CloseIdleConnections()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func instanceSigner(t *testing.T, s *sandbox.Sandbox, id string) httpsig.Key {
	t.Helper()
	own, file, err := s.Home().InstanceKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := rsakey.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if id == "" {
		id = own
	}
	return httpsig.Key{ID: id, Private: private}
}
