package commands_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/sandbox"
)

// killsVariable says how often killatrandom kills the program; 10 times without it. 200
// on each route take some minutes:
//
//	TOOTFILL_TEST_KILLS=200 go test ./commands -run 'TestScripts/kills' -timeout 30m
const killsVariable = "TOOTFILL_TEST_KILLS"

const (
	// mostLooks is before how many looks at the clock the program is killed, if it has not
	// come to its end. Half of the kills come before fewLooks, while it
	// begins with its accounts.
	mostLooks, fewLooks = 15_000, 2000
	// importsAtOnce is how many imports the program has under way by default.
	importsAtOnce = 2
)

// kills is a script in which the program works on the accounts of list.txt, and is
// killed at random points. Whenever it comes to its end, there are more posts and an
// hour is over.
type kills struct {
	ts      *testscript.TestScript
	f       *fediverse
	i       *installation
	random  *rand.Rand
	handles []string
	// posts is how many there are, killed how often the program was, and ended how
	// often it came to its end.
	posts, killed, ended int
}

// killAtRandom: killatrandom COMMAND... runs a command that works on 50 accounts, whose
// names are in list.txt, and kills it at random points. In the end everything is at home
// once, and no account has started twice within an hour.
func killAtRandom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: killatrandom COMMAND...")
	}
	want, seed := 10, uint64(time.Now().UnixNano())
	if text := os.Getenv(killsVariable); text != "" {
		var err error
		want, err = strconv.Atoi(text)
		ts.Check(err)
	}
	ts.Logf("%d kills, seed %d", want, seed)
	k := &kills{ts: ts, f: ts.Value(fediverseKey{}).(*fediverse), random: rand.New(rand.NewPCG(seed, 0))}
	if i := ts.Value(installationKey{}).(*installation); i.worker != nil {
		k.i = i
	}
	k.addAccounts()
	for k.killed < want {
		k.run(args, 1+k.random.IntN([]int{fewLooks, mostLooks}[k.random.IntN(2)]))
	}
	for ended := k.ended; k.ended == ended; {
		k.run(args, 0)
	}
	ts.Logf("killed %d times, ended %d times, %d posts", k.killed, k.ended, k.posts)
	k.checkStarts()
}

// addAccounts makes 50 accounts on 10 origins; a tenth of them need more than one round.
func (k *kills) addAccounts() {
	for n := range 50 {
		handle, posts := fmt.Sprintf("user%d@origin%d.example", n, n%10), 1+k.random.IntN(8)
		if n%10 == 0 {
			posts = 41 + k.random.IntN(30)
		}
		k.ts.Check(k.f.addAccount([]string{"account", handle, strconv.Itoa(posts)}))
		if k.i != nil {
			k.ts.Check(k.i.know([]string{"know", handle}))
		}
		k.handles, k.posts = append(k.handles, handle), k.posts+posts
	}
	k.ts.Check(os.WriteFile(k.ts.MkAbs("list.txt"), []byte(strings.Join(k.handles, "\n")+"\n"), 0o600))
}

// run runs the program and kills it when it looks at the clock for the nth time; not
// if n is 0.
func (k *kills) run(args []string, n int) {
	cmd := startDoomed(k.ts, args, n, time.Duration(k.random.IntN(3))*time.Millisecond)
	switch status := statusOf(k.ts, cmd.Wait()); {
	case status == "KILL":
		k.killed++
		k.ts.Logf("killed at look %d, %d of %d posts are at home", n, k.atHome(), k.posts)
	case status == "0":
		k.checkPosts()
		k.ended++
		clockOf(k.ts).pass(61 * time.Minute)
		k.post()
	default:
		k.ts.Fatalf("after %d kills it ended with %s:\n%s%s", k.killed, status, k.ts.ReadFile("killed.out"), k.ts.ReadFile("killed.err"))
	}
}

// post makes the accounts post, later than all they have posted before.
func (k *kills) post() {
	now := clockOf(k.ts).Now().Add(-time.Hour)
	for _, handle := range k.handles {
		a, err := k.f.account(handle)
		k.ts.Check(err)
		for i := range k.random.IntN(4) {
			a.AddPost(sandbox.Note{Content: "A new post", Published: now.Add(time.Duration(i) * time.Second)})
			k.posts++
		}
	}
}

// atHome counts the posts that home has.
func (k *kills) atHome() int {
	if k.i != nil {
		return k.i.worker.taken()
	}
	return len(k.f.Home().Imports())
}

// checkPosts checks that everything is at home once, and was asked for once, except for
// what was in flight when the program was killed.
func (k *kills) checkPosts() {
	if k.i != nil {
		k.ts.Check(k.i.done([]string{"done", strconv.Itoa(k.posts)}))
		return
	}
	k.ts.Check(k.f.checkImports([]string{"imports", strconv.Itoa(k.posts), "in-flight"}))
	again := 0
	for _, i := range k.f.Home().Imports() {
		again += k.f.Home().Asked(i.URI) - 1
	}
	if again > importsAtOnce*k.killed {
		k.ts.Fatalf("%d posts were asked for again after %d kills", again, k.killed)
	}
}

// checkStarts reads in the ledger when the accounts have started. A run has taken its
// token.
func (k *kills) checkStarts() {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(k.ts.Getenv("TOOTFILL_STATE"), "ledger.db")+"?mode=ro")
	k.ts.Check(err)
	defer db.Close() //nolint:errcheck // it was only read
	var runs, tooSoon int
	k.ts.Check(db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE started_at - before < 3600000) FROM
		(SELECT started_at, lag(started_at) OVER (PARTITION BY account_id ORDER BY started_at) AS before FROM runs)`).Scan(&runs, &tooSoon))
	if runs < len(k.handles) || tooSoon > 0 {
		k.ts.Fatalf("%d accounts have started %d times, %d of them within an hour of the time before", len(k.handles), runs, tooSoon)
	}
}
