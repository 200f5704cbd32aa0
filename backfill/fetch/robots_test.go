package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func TestRobotsRules(t *testing.T) {
	for _, c := range []struct {
		name, text, path string
		want             bool
	}{
		{"empty", "", "/users/a", true},
		{"all are shut out", "User-agent: *\nDisallow: /\n", "/users/a", false},
		{"others are shut out", "User-agent: GPTBot\nDisallow: /\n", "/users/a", true},
		{"we are shut out", "User-agent: TootFill\nDisallow: /\n\nUser-agent: *\nAllow: /", "/users/a", false},
		{"we are let in by an empty rule", "User-agent: tootfill\nDisallow:\n\nUser-agent: *\nDisallow: /", "/users/a", true},
		{"together with others", "User-agent: GPTBot\nUser-agent: tootfill\nDisallow: /users", "/users/a", false},
		{"two groups for us", "User-agent: tootfill\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: tootfill\nDisallow: /b", "/b", false},
		{"a name that ours begins with", "User-agent: too\nDisallow: /", "/users/a", true},
		{"the longer rule wins", "User-agent: *\nDisallow: /users\nAllow: /users/a", "/users/a/outbox", true},
		{"of equals the allowing one wins", "User-agent: *\nDisallow: /users\nAllow: /users", "/users/a", true},
		{"wildcard", "User-agent: *\nDisallow: /*?page=", "/users/a/outbox?page=true", false},
		{"end", "User-agent: *\nDisallow: /users/a$", "/users/a/outbox", true},
		{"rule before any group", "Disallow: /\nUser-agent: *\nDisallow: /x", "/users/a", true},
		{"crawl delay and other lines", "User-agent: *\nCrawl-delay: soon\nSitemap: x\nDisallow: /users\nnonsense", "/users/a", false},
		{"a pattern begins at the beginning", "User-agent: *\nDisallow: /a*b", "/x/a/b", true},
		{"a pattern begins at the beginning, and it does", "User-agent: *\nDisallow: /a*b", "/a/x/b", false},
		{"a star at the beginning", "User-agent: *\nDisallow: *.php", "/x/y.php?a", false},
		{"a pattern is as long as it is written", "User-agent: *\nAllow: /a.b.c.d*\nDisallow: /a.b.c.d.e", "/a.b.c.d.e", false},
		{"an equal pattern allows", "User-agent: *\nDisallow: /a*c\nAllow: /abc", "/abc", true},
		{"a dollar in the middle is one", "User-agent: *\nDisallow: /a$b", "/a$b", false},
		{"a dollar at the end", "User-agent: *\nDisallow: /*.json$", "/a.json", false},
		{"a dollar at the end, and more", "User-agent: *\nDisallow: /*.json$", "/a.json?x", true},
		{"an encoded dollar", "User-agent: *\nDisallow: /a%24", "/a$b", false},
		{"an encoded star is one", "User-agent: *\nDisallow: /a%2Ab", "/axb", true},
		{"an encoded star and a star", "User-agent: *\nDisallow: /a%2ab", "/a*b", false},
		{"encoded letters", "User-agent: *\nDisallow: /%75sers/%7ea", "/users/~a", false},
		{"a slash is not an encoded slash", "User-agent: *\nDisallow: /a/b", "/a%2Fb", true},
		{"not ASCII", "User-agent: *\nDisallow: /ü", "/%c3%bc", false},
		{"a space", "User-agent: *\nDisallow: /a b", "/a%20b", false},
		{"without a slash", "User-agent: *\nDisallow: users", "/users/a", false},
		{"case counts", "User-agent: *\nDisallow: /Users", "/users/a", true},
		{"crawlers in one group", "User-agent: *\nUser-agent: tootfill\nDisallow: /x\nUser-agent: *\nDisallow: /y", "/y", true},
		{"CR alone", "User-agent: *\rDisallow: /users\r", "/users/a", false},
		{"comments, CRLF, byte order mark", "\ufeffUser-agent: * # all\r\nDisallow: /users # people\r\n", "/users/a", false},
		{"rubbish", "User-agent: *\nDisallow: /\xff*x\nDisallow: /users", "/users/a", false},
		{"robots.txt itself", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"GoToSocial's", "User-agent: *\nCrawl-delay: 500\nDisallow: /.well-known/\nDisallow: /users/", "/.well-known/webfinger?resource=acct:a@b", false},
	} {
		r := parseRobots([]byte(c.text))
		u, err := url.Parse("https://a.example.com" + c.path)
		if err != nil {
			t.Fatal(err)
		}
		if line, forbidden := r.forbids(u); forbidden == c.want {
			t.Errorf("%s: forbidden = %v by %q", c.name, forbidden, line)
		}
	}
}

// robotsOrigin answers with one robots.txt and counts its requests.
func robotsOrigin(t *testing.T, robots http.HandlerFunc) (o *testOrigin, reads, documents *int) {
	reads, documents = new(int), new(int)
	o = newTestOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			*reads++
			robots(w, r)
			return
		}
		*documents++
		answerJSON(w, "{}")
	})
	return o, reads, documents
}

func TestRobotsAreObeyedForADay(t *testing.T) {
	text := "User-agent: tootfill\nDisallow: /x\n"
	o, reads, documents := robotsOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	options := o.options()
	clock := backfilltest.NewClock()
	options.Clock = clock
	c := newTestClient(t, options)
	for range 2 {
		_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
		wantCause(t, err, backfill.Robots)
	}
	if *reads != 1 || *documents != 0 {
		t.Errorf("robots.txt was read %d times, documents %d times", *reads, *documents)
	}
	text = ""
	clock.Step(robotsAge)
	if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil || *reads != 2 {
		t.Errorf("a day later: %v, %d reads", err, *reads)
	}
}

// memory is a Memory that never expires.
type memory map[string]string

func (m memory) Recall(_ context.Context, server, name string) (string, error) {
	return m[server+" "+name], nil
}

func (m memory) Remember(_ context.Context, server, name, value string, _ time.Time) error {
	m[server+" "+name] = value
	return nil
}

func TestRobotsAreKeptBetweenProcesses(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNotFound} {
		o, reads, _ := robotsOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("User-agent: tootfill\nDisallow: /\n"))
		})
		options := o.options()
		clock := backfilltest.NewClock()
		options.Clock, options.Memory = clock, memory{}
		visit := func() {
			_, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object})
			if status == http.StatusOK {
				wantCause(t, err, backfill.Robots)
			} else if err != nil {
				t.Error(err)
			}
		}
		visit()
		clock.Step(robotsAge - time.Hour)
		visit()
		if *reads != 1 {
			t.Errorf("%d: read %d times within a day", status, *reads)
		}
		clock.Step(2 * time.Hour)
		visit()
		if *reads != 2 {
			t.Errorf("%d: read %d times in two days", status, *reads)
		}
		clock.Step(-48 * time.Hour) // the clock steps back
		visit()
		if *reads != 3 {
			t.Errorf("%d: a robots.txt from the future was believed", status)
		}
	}
}

func TestRobotsThatCanNotBeRead(t *testing.T) {
	for _, c := range []struct {
		name    string
		robots  http.HandlerFunc
		allowed bool
		cause   backfill.Cause
	}{
		{"404", http.NotFound, true, ""},
		{"401", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, true, ""},
		{"403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, true, ""},
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, false, backfill.ServerError},
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, backfill.Unreachable},
		{"redirect to http", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://a.example.com/robots.txt", http.StatusFound)
		}, true, ""},
		{"redirect to loopback", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://127.0.0.1/robots.txt", http.StatusFound)
		}, true, ""},
		{"redirect to another host", func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "b.example.com" {
				_, _ = w.Write([]byte("User-agent: tootfill\nDisallow: /"))
				return
			}
			http.Redirect(w, r, "https://b.example.com/robots.txt", http.StatusFound)
		}, false, backfill.Robots},
		{"endless redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/robots.txt", http.StatusFound)
		}, true, ""},
		{"too big: the first 500 KiB count", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("User-agent: tootfill\nDisallow: /x\n" + strings.Repeat("# padding\n", 100000) + "Allow: /x\n"))
		}, false, backfill.Robots},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, _, documents := robotsOrigin(t, c.robots)
			_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
			if c.allowed {
				if err != nil || *documents != 1 {
					t.Errorf("error = %v", err)
				}
				return
			}
			wantCause(t, err, c.cause)
			if *documents != 0 {
				t.Error("the document was read all the same")
			}
		})
	}
}

func TestRobotsOfARedirectsTarget(t *testing.T) {
	o := newTestOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == "b.example.com" && r.URL.Path == "/robots.txt":
			_, _ = w.Write([]byte("User-agent: tootfill\nDisallow: /"))
		case r.Host == "b.example.com":
			t.Error("the forbidden host was read")
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		default:
			http.Redirect(w, r, "https://b.example.com/x", http.StatusFound)
		}
	})
	_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Robots)
}

// What stock fediverse servers say to crawlers: GoToSocial 0.19
// (internal/api/util/robots.go) with nodeinfo hidden, and snac 2.80.
const (
	gotosocialRobots = `# AI scrapers and the like.
User-agent: GPTBot
User-agent: Scrapy
Disallow: /

# Rules for everything else.
User-agent: *
Crawl-delay: 500

Disallow: /api/
Disallow: /auth/
Disallow: /fileserver/
Disallow: /users/
Disallow: /emoji/
Disallow: /user
Disallow: /about/suspended
Disallow: /.well-known/webfinger
Disallow: /.well-known/nodeinfo
Disallow: /nodeinfo/
`
	snacRobots = "User-agent: *\nDisallow: /\n"
)

// Rules for everybody bind what crawlers read; those for tootfill bind everything,
// as do those for everybody in the strict reading.
func TestRobotsBindCrawlersReads(t *testing.T) {
	const namingUs = "User-agent: *\nDisallow:\n\nUser-agent: Tootfill\nDisallow: /\n"
	const lettingUsIn = "User-agent: *\nDisallow: /\n\nUser-agent: tootfill\nDisallow: /secret\n"
	reads := []struct {
		path    string
		kind    Kind
		post    bool
		crawled bool
	}{
		{path: "/.well-known/webfinger?resource=acct:a@a.example.com", kind: JRD},
		{path: "/.well-known/host-meta", kind: XRD},
		{path: "/.well-known/nodeinfo", kind: JSON},
		{path: "/nodeinfo/2.0", kind: JSON},
		{path: "/users/a", kind: Object},
		{path: "/users/a/outbox?page=true", kind: CollectionPage},
		{path: "/users/a/statuses/1", kind: Object},
		{path: "/api/v1/accounts/lookup?acct=a", kind: JSONPage, crawled: true},
		{path: "/api/users/notes", kind: JSONPage, post: true, crawled: true},
		{path: "/users/a.atom", kind: Feed, crawled: true},
	}
	for _, c := range []struct {
		name, text string
		strict     bool
		// forbids says which reads are forbidden, depending on whether they are a
		// crawler's.
		forbids func(crawled bool) bool
	}{
		{"GoToSocial", gotosocialRobots, false, func(crawled bool) bool { return crawled }},
		{"snac", snacRobots, false, func(crawled bool) bool { return crawled }},
		{"GoToSocial, strictly", gotosocialRobots, true, func(bool) bool { return true }},
		{"snac, strictly", snacRobots, true, func(bool) bool { return true }},
		{"a group for us", namingUs, false, func(bool) bool { return true }},
		{"a group that lets us in", lettingUsIn, true, func(bool) bool { return false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, _, documents := robotsOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.text)) })
			options := o.options()
			options.StrictRobots = c.strict
			client := newTestClient(t, options)
			for _, read := range reads {
				if c.name == "GoToSocial, strictly" && read.kind == XRD {
					continue // it leaves this out
				}
				*documents = 0
				err := readKind(t, client, read.path, read.kind, read.post)
				if forbidden := c.forbids(read.crawled); !forbidden {
					if *documents != 1 {
						t.Errorf("%s was not asked for: %v", read.path, err)
					}
					continue
				}
				wantCause(t, err, backfill.Robots)
				if *documents != 0 {
					t.Errorf("%s was asked for", read.path)
				}
			}
		})
	}
}

// readKind asks for something; the answer need not be of the right content type.
func readKind(t *testing.T, c *Client, path string, kind Kind, post bool) error {
	t.Helper()
	r := Request{URL: "https://a.example.com" + path, Kind: kind}
	if post {
		_, err := c.Post(t.Context(), r, []byte("{}"))
		return err
	}
	_, err := c.Get(t.Context(), r)
	return err
}

// The error says whose rule it was.
func TestRobotsErrorNamesTheRule(t *testing.T) {
	o, _, _ := robotsOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(gotosocialRobots)) })
	options := o.options()
	options.StrictRobots = true
	_, err := newTestClient(t, options).Get(t.Context(), Request{URL: "https://a.example.com/users/a", Kind: Object})
	var forbidden *backfill.RobotsError
	if !errors.As(err, &forbidden) {
		t.Fatal(err)
	}
	if want := (backfill.RobotsError{Agent: "*", Rule: "Disallow: /users/", Path: "/users/a", Strict: true}); *forbidden != want {
		t.Errorf("%+v, want %+v", *forbidden, want)
	}
}

// A robots.txt that an earlier version kept is read by today's rules.
func TestRobotsOfAnEarlierVersion(t *testing.T) {
	o, reads, documents := robotsOrigin(t, http.NotFound)
	options := o.options()
	until := options.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	options.Memory = memory{"a.example.com " + robotsFact: until + "\n" + snacRobots}
	if _, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil || *reads != 0 || *documents != 1 {
		t.Errorf("%v, %d reads of robots.txt, %d of the document", err, *reads, *documents)
	}
}

// cheap is far longer than it takes, also on a busy machine under the race detector,
// and far shorter than what grows as a power of the wildcards would take.
const cheap = time.Minute

// A robots.txt made only of wildcards must not cost much.
func TestHostileRobotsIsCheap(t *testing.T) {
	text := "User-agent: *\n" + strings.Repeat("Disallow: /*a*b*c*d$\n", 25000) + "Disallow: /" + strings.Repeat("*x", 100000)
	start := time.Now()
	r := parseRobots([]byte(text))
	if _, forbidden := r.forbids(&url.URL{Path: "/" + strings.Repeat("abc", 500)}); forbidden {
		t.Error("not allowed")
	}
	if took := time.Since(start); took > cheap {
		t.Errorf("took %s", took)
	}
	if n := len(r.rules); n != maxRobotsRules {
		t.Errorf("%d rules", n)
	}
	many := "User-agent: *\n" + strings.Repeat("Disallow: /"+strings.Repeat("*a", 900)+"b$\n", 200)
	r = parseRobots([]byte(many))
	start = time.Now()
	if _, forbidden := r.forbids(&url.URL{Path: "/" + strings.Repeat("a", 2000)}); !forbidden {
		t.Error("a rule with too many wildcards forbids too little")
	}
	if took := time.Since(start); took > cheap {
		t.Errorf("wildcards took %s", took)
	}
}

func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /*a$\nAllow: /b\n", "/b")
	f.Add("\ufeffuser-agent:tootfill\r\ndisallow:/", "/users/a?page=true")
	f.Fuzz(func(t *testing.T, text, path string) {
		r := parseRobots([]byte(text))
		r.forbids(&url.URL{Path: path})
		if _, forbidden := r.forbids(&url.URL{Path: "/robots.txt"}); forbidden {
			t.Error("robots.txt itself is forbidden")
		}
	})
}
