package commands_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// fediverse is the sandbox of one script. Its home is the configured server of the
// programs that the script runs, so all of them meet the same servers, at once or
// one after the other.
type fediverse struct {
	*sandbox.Sandbox
	clock *scriptClock

	mu sync.Mutex
	// open lets requests for imports through; nil lets all of them through.
	open chan struct{}
	// reached is closed once as many of them as wanted have been let through.
	reached chan struct{}
	left    int
	// resting has a function for each import that is held back; it says that home
	// works on it again.
	resting []func()
	answers []http.Handler
	// endpointAnswer answers requests for backfills; if nil, home does.
	endpointAnswer http.Handler
	// odd is what is odd about origins, by domain.
	odd map[string][]oddly
}

type fediverseKey struct{}

// startFediverse is the Setup of every script.
func startFediverse(env *testscript.Env, clock *scriptClock) error {
	box, err := sandbox.Start(sandbox.Options{Empty: true, Clock: clock})
	if err != nil {
		return err
	}
	f := &fediverse{Sandbox: box, clock: clock}
	env.Defer(func() {
		f.letGo()
		if err := box.Close(); err != nil {
			env.T().Log("closing the sandbox:", err)
		}
	})
	box.Home().SetFault(f.onRequest)
	ca := filepath.Join(env.WorkDir, ".ca.pem")
	if err := os.WriteFile(ca, box.CAPEM(), 0o600); err != nil {
		return err
	}
	env.Values[fediverseKey{}] = f
	env.Setenv(sandboxVariable, box.Addr())
	env.Setenv(caVariable, ca)
	return nil
}

// onRequest counts imports, and holds them back when the script says so.
func (f *fediverse) onRequest(r *http.Request, _ http.Handler) http.Handler {
	if strings.HasSuffix(r.URL.Path, "/backfill") {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.endpointAnswer
	}
	if r.URL.Path != "/api/v2/search" {
		return nil
	}
	f.mu.Lock()
	if len(f.answers) > 0 {
		answer := f.answers[0]
		f.answers = f.answers[1:]
		f.mu.Unlock()
		return answer
	}
	open := f.open
	if f.left--; f.left >= 0 {
		open = nil
	}
	if f.left == -1 && f.reached != nil {
		close(f.reached)
	}
	if open == nil {
		f.mu.Unlock()
		return nil
	}
	goOn := f.clock.rest() // while the script holds the import back, home does not work
	defer goOn()
	f.resting = append(f.resting, goOn)
	f.mu.Unlock()
	select {
	case <-open:
	case <-r.Context().Done():
	}
	return nil
}

// holdAfter holds imports back after n more of them.
func (f *fediverse) holdAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open, f.reached, f.left = make(chan struct{}), make(chan struct{}), n
}

// letGo releases the imports that are held back, and all others.
func (f *fediverse) letGo() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		return
	}
	for _, goOn := range f.resting {
		goOn() // before it gets the processor
	}
	close(f.open)
	f.open, f.resting = nil, nil
}

// await waits until an import is held back.
func (f *fediverse) await() error {
	f.mu.Lock()
	reached := f.reached
	f.mu.Unlock()
	heldBack := func() bool {
		select {
		case <-reached:
			return true
		default:
			return false
		}
	}
	if !f.clock.waitFor(heldBack) {
		return fmt.Errorf("no import was held back within %s", longestWait)
	}
	return nil
}

// fediverseCommand is the script command that changes and checks the servers.
func fediverseCommand(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value(fediverseKey{}).(*fediverse)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fediverse WHAT...")
	}
	ts.Check(f.do(args[0], args[1:]))
}

func (f *fediverse) do(what string, args []string) error {
	verb, ok := map[string]func([]string) error{
		"reply": f.reply, "settle": f.settle, "account": f.addAccount, "named": f.addAccount, "follow": f.follow, "request": f.follow, "unfollow": f.follow,
		"crowd": f.addCrowd, "follower": f.follow, "asker": f.follow, "list": f.list,
		"hold": f.hold, "endpoint": f.endpoint, "scopes": f.scopes, "revoke": f.scopes, "login": f.login, "tokens": f.checkTokens,
		"answer": f.answer, "stop": f.stop, "await": f.stop, "go": f.stop,
		"away": f.away, "back": f.away, "version": f.version, "limits": f.limits,
		"suspend": f.suspend, "allow": f.allow, "post": f.post, "vacuum": f.vacuum, "reset": f.reset, "imports": f.checkImports, "requests": f.checkRequests,
	}[what]
	if !ok {
		return fmt.Errorf("fediverse: no such word: %s", what)
	}
	if err := verb(append([]string{what}, args...)); err != nil {
		return fmt.Errorf("fediverse %s: %w", what, err)
	}
	return nil
}

func number(args []string, i int) (int, error) {
	if i >= len(args) {
		return 0, fmt.Errorf("a number is missing")
	}
	return strconv.Atoi(args[i])
}

func (f *fediverse) account(handle string) (*sandbox.Account, error) {
	if a := f.Account(handle); a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no account %s", handle)
}

// addAccount: account HANDLE POSTS [BIO] makes an account with one post a day, which
// is followed; named HANDLE POSTS NAME makes one with a name of its own.
func (f *fediverse) addAccount(args []string) error {
	n, err := number(args, 2)
	if err != nil {
		return err
	}
	user, domain, _ := strings.Cut(args[1], "@")
	profile := sandbox.Profile{Username: user, DisplayName: user, Bio: strings.Join(args[3:], " ")}
	if args[0] == "named" {
		profile.DisplayName, profile.Bio = profile.Bio, ""
	}
	a := f.AddOrigin(domain).AddAccount(profile)
	a.Fill(n, time.Time{}, 24*time.Hour)
	f.Home().Follow(a)
	return nil
}

// reply: reply HANDLE POST-HANDLE N makes an account, which nobody follows, answer the
// newest N posts of another one.
func (f *fediverse) reply(args []string) error {
	to, err := f.account(args[2])
	if err != nil {
		return err
	}
	n, err := number(args, 3)
	if err != nil {
		return err
	}
	user, domain, _ := strings.Cut(args[1], "@")
	a := f.AddOrigin(domain).AddAccount(sandbox.Profile{Username: user, DisplayName: user})
	for _, p := range to.Posts()[:n] {
		a.AddPost(sandbox.Note{InReplyTo: p.URI(), Published: p.Published().Add(time.Minute), Content: "An answer to " + p.URI()})
	}
	return nil
}

// settle: settle waits until home has nothing left to do in the background.
func (f *fediverse) settle([]string) error {
	f.Home().Settle()
	return nil
}

func (f *fediverse) follow(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	switch args[0] {
	case "follow":
		f.Home().Follow(a)
	case "request":
		f.Home().RequestFollow(a)
	case "follower":
		f.Home().FollowedBy(a)
	case "asker":
		f.Home().AskedBy(a)
	default:
		f.Home().Unfollow(a)
	}
	return nil
}

// addCrowd: crowd N DOMAIN makes n accounts without posts, which are followed.
func (f *fediverse) addCrowd(args []string) error {
	n, err := number(args, 1)
	if err != nil {
		return err
	}
	origin := f.AddOrigin(args[2])
	for i := range n {
		f.Home().Follow(origin.AddAccount(sandbox.Profile{Username: fmt.Sprintf("fan%d", i)}))
	}
	return nil
}

// list: list TITLE HANDLE... puts accounts into a list of yours.
func (f *fediverse) list(args []string) error {
	var accounts []*sandbox.Account
	for _, handle := range args[2:] {
		a, err := f.account(handle)
		if err != nil {
			return err
		}
		accounts = append(accounts, a)
	}
	f.Home().AddToList(args[1], accounts...)
	return nil
}

// allow: allow DOMAIN... turns limited federation on.
func (f *fediverse) allow(args []string) error {
	f.Home().AllowOnly(args[1:]...)
	return nil
}

// suspend: suspend HANDLE makes home suspend an account, and suspend DOMAIN a
// server.
func (f *fediverse) suspend(args []string) error {
	if !strings.Contains(args[1], "@") {
		f.Home().SuspendDomain(args[1])
		return nil
	}
	a, err := f.account(args[1])
	if err == nil {
		f.Home().SuspendAccount(a)
	}
	return err
}

// hold: hold HANDLE N makes home hold the newest posts.
func (f *fediverse) hold(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	n, err := number(args, 2)
	f.Home().HoldNewest(a, n)
	return err
}

// endpoint: endpoint STATUS [HEADER VALUE] sets how home answers requests for
// backfills; endpoint at SOCKET hands them on to the service there, as home's web server
// would, once it listens; endpoint says STATUS TYPE BODY and endpoint cut set how something else
// answers in its place.
func (f *fediverse) endpoint(args []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.endpointAnswer = nil
	switch {
	case args[1] == "at":
		proxy, err := endpointAt(args[2])
		f.endpointAnswer = proxy
		return err
	case args[1] == "cut":
		f.endpointAnswer = fault.Drop()
		return nil
	case args[1] == "says" && len(args) == 5:
		status, err := number(args, 2)
		f.endpointAnswer = fault.Respond(status, args[3], args[4])
		return err
	}
	status, err := number(args, 1)
	if err != nil {
		return err
	}
	e := sandbox.BackfillEndpoint{Status: status}
	if len(args) == 4 {
		e.Header = http.Header{args[2]: {args[3]}}
	}
	f.Home().SetBackfillEndpoint(e)
	return nil
}

func (f *fediverse) scopes(args []string) error {
	if args[0] == "revoke" {
		f.Home().RevokeToken(sandbox.Token)
	} else {
		f.Home().SetScopes(sandbox.Token, strings.Join(args[1:], " "))
	}
	return nil
}

// answer: answer N STATUS [reset] answers the next n imports with a status; with
// reset, also with the rate headers of a window that ends within a second.
func (f *fediverse) answer(args []string) error {
	n, err := number(args, 1)
	if err != nil {
		return err
	}
	status, err := number(args, 2)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.answers = append(f.answers, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if len(args) > 3 {
				w.Header().Set("X-RateLimit-Limit", "300")
				w.Header().Set("X-RateLimit-Remaining", "0")
				w.Header().Set("X-RateLimit-Reset", f.clock.Now().UTC().Format("2006-01-02T15:04:05.000000Z"))
			}
			fault.Fail(status).ServeHTTP(w, r)
		}))
	}
	return nil
}

// stop: stop N holds imports back after n of them, await waits until that has
// happened, and go releases them.
func (f *fediverse) stop(args []string) error {
	switch args[0] {
	case "await":
		return f.await()
	case "go":
		f.letGo()
		return nil
	}
	n, err := number(args, 1)
	f.holdAfter(n)
	return err
}

func (f *fediverse) away(args []string) error {
	host := f.Home().Host
	if args[1] != sandbox.HomeDomain {
		host = f.Origin(args[1]).Host
	}
	if args[0] == "away" {
		host.GoAway()
	} else {
		host.ComeBack()
	}
	return nil
}

func (f *fediverse) version(args []string) error {
	f.Home().SetSoftware(args[1], args[2])
	return nil
}

// limits: limits none removes home's limits and their headers.
func (f *fediverse) limits(args []string) error {
	f.Home().SetLimits(sandbox.Limits{NoHeaders: true})
	return nil
}

// checkImports: imports N wants n posts imported, each asked for once.
func (f *fediverse) checkImports(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	imports := f.Home().Imports()
	if len(imports) != want {
		return fmt.Errorf("%d posts were imported, want %d", len(imports), want)
	}
	for _, i := range imports {
		if n := f.Home().Asked(i.URI); n > 1 && len(args) == 2 {
			return fmt.Errorf("%s was asked for %d times", i.URI, n)
		}
	}
	return nil
}

// post: post HANDLE N makes an account post n times.
func (f *fediverse) post(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	n, err := number(args, 2)
	for i := range n {
		a.AddPost(sandbox.Note{Content: fmt.Sprint("New post ", i), Published: f.clock.Now().Add(time.Duration(i-n) * time.Minute)})
	}
	return err
}

// vacuum: vacuum HANDLE N makes home drop all posts of an account but the newest n.
func (f *fediverse) vacuum(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	n, err := number(args, 2)
	f.Home().Vacuum(a, n)
	return err
}

// reset: reset DOMAIN... counts requests to home and to these origins from zero.
func (f *fediverse) reset(args []string) error {
	f.Home().ResetRequests()
	for _, domain := range args[1:] {
		f.AddOrigin(domain).ResetRequests()
	}
	return nil
}

// checkRequests: requests N ROUTE wants n requests to a route of home, and without
// a route n requests to home.
func (f *fediverse) checkRequests(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	route := strings.Join(args[2:], " ")
	if got := f.Home().RequestCount(); route == "" && got != want {
		return fmt.Errorf("%d requests to home, want %d: %v", got, want, f.Home().Requests())
	} else if route == "" {
		return nil
	}
	if got := f.Home().Requests()[route]; got != want {
		return fmt.Errorf("%d requests to %s, want %d; all: %v", got, route, want, f.Home().Requests())
	}
	return nil
}
