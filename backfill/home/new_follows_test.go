package home_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/ledger"
)

// looks is a ledger in which a test looks at one list again and again.
type looks struct {
	t        *testing.T
	clock    *backfilltest.Clock
	ledger   *ledger.Ledger
	source   home.FollowSource
	firsts   []int
	warnings int
	// meddle is called once after the mark was read, as if it were another process.
	meddle func()
}

func newLooks(t *testing.T) *looks {
	l := &looks{t: t, clock: backfilltest.NewClock()}
	l.ledger = l.open(t.TempDir())
	return l
}

func (l *looks) open(dir string) *ledger.Ledger {
	l.t.Helper()
	ledger := enginetest.OpenLedger(l.t, dir, l.clock)
	l.t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			l.t.Error(err)
		}
	})
	return ledger
}

// meddling is a ledger in which something happens after the mark was read.
type meddling struct {
	*ledger.Ledger
	l *looks
}

func (m meddling) FollowMark(ctx context.Context, list string) (home.Mark, error) {
	mark, err := m.Ledger.FollowMark(ctx, list)
	if do := m.l.meddle; do != nil {
		m.l.meddle = nil
		do()
	}
	return mark, err
}

func (l *looks) newFollows() home.NewFollows {
	return home.NewFollows{List: "mine", Ledger: meddling{l.ledger, l}, Source: l.source, FirstLook: func(n int) { l.firsts = append(l.firsts, n) }}
}

// want looks and wants these accounts to be new, which are settled then.
func (l *looks) want(users ...string) {
	l.t.Helper()
	got, err := usersOf(l.newFollows().Accounts(l.t.Context()))
	if err != nil || !slices.Equal(got, users) {
		l.t.Errorf("new: %q, %v, want %q", got, err, users)
	}
	for _, u := range got {
		if err := l.ledger.SettleFollow(l.t.Context(), "mine", fediverse.Handle{User: u, Domain: "photos.example"}); err != nil {
			l.t.Error(err)
		}
	}
}

func (l *looks) wantFirst(leftOut int) {
	l.t.Helper()
	l.want()
	if !slices.Equal(l.firsts, []int{leftOut}) {
		l.t.Errorf("the first look leaves out %v, want %d", l.firsts, leftOut)
	}
}

func usersOf(accounts iter.Seq2[home.NewFollow, error]) (users []string, err error) {
	for f, err := range accounts {
		if err != nil {
			return users, err
		}
		users = append(users, f.Account.User)
	}
	return users, nil
}

// table is a table of follows. Those in flight are in transactions that have not
// ended.
type table struct {
	l        *looks
	rows     []row
	nextID   int64
	inFlight map[string]bool
	busy     bool
	// open and next are the numbers of transactions.
	open, next int64
}

type row struct {
	home.Follow
	made time.Time
}

func (l *looks) table() *table {
	tb := &table{l: l, inFlight: map[string]bool{}}
	l.source = home.WholeServer{Table: tb, Clock: l.clock, Patience: nil, Warn: func(string) { l.warnings++ }}
	return tb
}

func (tb *table) follow(users ...string) {
	for _, u := range users {
		tb.nextID++
		f := home.Follow{Account: fediverse.Handle{User: u, Domain: "photos.example"}, ID: tb.nextID, After: tb.nextID - 1}
		tb.rows = append(tb.rows, row{f, tb.l.clock.Now()})
	}
}

func (tb *table) unfollow(user string) {
	tb.rows = slices.DeleteFunc(tb.rows, func(r row) bool { return r.Account.User == user })
}

func (tb *table) Follows(_ context.Context, after int64) iter.Seq2[home.Follow, error] {
	return func(yield func(home.Follow, error) bool) {
		for _, r := range tb.rows {
			var err error
			if r.Account.User == "odd" {
				err = fmt.Errorf("odd: %w", home.ErrUnreadableAccount)
			}
			if r.ID > after && !tb.inFlight[r.Account.User] && !yield(r.Follow, err) {
				return
			}
		}
	}
}

func (tb *table) LastFollow(_ context.Context, before time.Time) (id int64, _ error) {
	for _, r := range tb.rows {
		if r.made.Before(before) {
			id = max(id, r.ID)
		}
	}
	return id, nil
}

func (tb *table) Transactions(context.Context) (home.Transactions, error) {
	tb.next++
	if len(tb.inFlight) == 0 {
		return home.Transactions{Oldest: tb.next, Next: tb.next}, nil
	}
	return home.Transactions{Oldest: tb.open, Next: tb.next}, nil
}

func (tb *table) FollowedBy(_ context.Context, id int64) (n int, _ error) {
	if tb.busy {
		return 0, &backfill.UnavailableError{Server: "the database", Err: errors.New("it is too busy")}
	}
	last := map[string]int64{}
	for _, r := range tb.rows {
		last[r.Account.User] = max(last[r.Account.User], r.ID)
	}
	for _, l := range last {
		if l <= id {
			n++
		}
	}
	return n, nil
}

func TestNewFollowsOfAServer(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old", "odd", "older", "old")
	l.clock.Step(time.Hour)
	tb.follow("recent")
	l.wantFirst(4)
	l.want()
	tb.follow("alice", "bob", "alice", "odd")
	l.want("alice", "bob")
	tb.unfollow("old")
	l.want()
	tb.follow("old")
	tb.unfollow("bob")
	tb.follow("bob")
	l.want("bob", "old")
	if l.warnings < 2 {
		t.Errorf("%d warnings", l.warnings)
	}
	l.clock.Step(time.Hour)
	l.want()
}

// A transaction with a lower id may end after one with a higher id.
func TestLateFollows(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old")
	tb.inFlight["late"], tb.inFlight["later"] = true, true
	tb.follow("late", "first")
	l.wantFirst(3)
	tb.follow("later", "alice")
	tb.inFlight["late"] = false
	l.want("alice", "late")
	l.clock.Step(time.Minute)
	tb.inFlight["later"] = false
	l.want("later")
	l.want()
	l.clock.Step(time.Hour)
	tb.follow("bob")
	l.want("bob")
}

// A transaction that takes hours holds up nothing but the mark.
func TestSlowTransaction(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old")
	l.clock.Step(time.Hour)
	l.wantFirst(1)
	tb.inFlight["slow"], tb.inFlight["slower"] = true, true
	tb.follow("slow")
	for range 5 {
		tb.follow("alice", "slower")
		l.want("alice")
		l.clock.Step(time.Hour)
		l.want()
	}
	tb.inFlight = map[string]bool{"slower": true}
	l.want("slow")
	tb.inFlight = nil
	l.want("slower")
	for range 3 { // the mark reaches the last follow
		l.clock.Step(time.Hour)
		l.want()
	}
	if mark, err := l.ledger.FollowMark(t.Context(), "mine"); err != nil || mark.ID != tb.nextID {
		t.Errorf("mark %+v, %v, want %d", mark, err, tb.nextID)
	}
}

func TestSinceFollow(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old", "renewed")
	l.clock.Step(24 * time.Hour)
	since := l.clock.Now()
	tb.follow("alice", "renewed", "bob")
	whole := l.source.(home.WholeServer)
	whole.Since = since
	l.source = whole
	l.want("bob", "renewed", "alice")
	if !slices.Equal(l.firsts, []int{1}) {
		t.Errorf("left out: %v", l.firsts)
	}
	l.want("bob", "renewed", "alice") // whatever was seen
	whole.Since = time.Time{}
	l.source = whole
	l.want()
	tb.follow("carol")
	l.want("carol")
	// Follows since the last look are new, also if they are older than that.
	tb.follow("dave")
	l.clock.Step(time.Hour)
	whole.Since = l.clock.Now()
	l.source = whole
	l.want("dave")
}

// What the first look leaves out stays left out, also without --since-follow.
func TestLeftOutBySinceFollow(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old", "older")
	l.clock.Step(time.Minute)
	whole := l.source.(home.WholeServer)
	whole.Since = l.clock.Now()
	l.source = whole
	l.wantFirst(2)
	l.want()
	whole.Since = time.Time{}
	l.source = whole
	l.want()
	tb.follow("alice")
	l.want("alice")
}

func TestUncountedFollows(t *testing.T) {
	l := newLooks(t)
	l.table().busy = true
	l.wantFirst(home.Uncounted)
	l.want()
}

// A look during which another process has looked begins anew, and nobody is taken
// twice.
func TestOvertakenLook(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old")
	l.clock.Step(time.Hour)
	l.meddle = func() { l.wantFirst(1) }
	l.want()
	if len(l.firsts) != 1 {
		t.Errorf("two first looks: %v", l.firsts)
	}
	tb.follow("alice")
	l.clock.Step(time.Hour)
	l.meddle = func() { l.want("alice") }
	l.want()
}

func TestDryLooks(t *testing.T) {
	l := newLooks(t)
	tb := l.table()
	tb.follow("old")
	l.clock.Step(time.Hour)
	dry := func(want ...string) {
		t.Helper()
		n := l.newFollows()
		n.Ledger = &home.DryFollows{FollowLedger: l.ledger}
		if got, err := usersOf(n.Accounts(t.Context())); err != nil || !slices.Equal(got, want) {
			t.Errorf("dry: %q, %v, want %q", got, err, want)
		}
	}
	dry()
	dry()
	l.wantFirsts(1, 1, 1)
	tb.follow("alice")
	dry("alice")
	dry("alice")
	if _, err := usersOf(l.newFollows().Accounts(t.Context())); err != nil {
		t.Fatal(err)
	}
	tb.follow("bob")
	dry("bob", "alice") // alice waits
	l.want("bob", "alice")
	dry()
}

func (l *looks) wantFirsts(leftOut ...int) {
	l.t.Helper()
	l.want()
	if !slices.Equal(l.firsts, leftOut) {
		l.t.Errorf("the first looks leave out %v, want %v", l.firsts, leftOut)
	}
}

// pages is a list of follows as home's API shows it, two on a page. The ids of the
// follows are their places, from 1 on.
type pages struct {
	users     []string // empty where it was unfollowed
	unordered bool
	deaf      bool // does not heed after
	requests  int
	fails     error
}

func (l *looks) pages() *pages {
	p := &pages{}
	l.source = home.OnePerson{Page: p.page, Count: 70, Host: "home.example", Clock: l.clock, Seen: func([]fediverse.Account) {}}
	return p
}

func (p *pages) follow(users ...string) {
	for _, u := range users {
		p.unfollow(u)
		p.users = append(p.users, u)
	}
}

func (p *pages) unfollow(user string) {
	if i := slices.Index(p.users, user); i >= 0 {
		p.users[i] = ""
	}
}

func (p *pages) page(_ context.Context, after int64, cursor string) (page home.FollowPage, err error) {
	p.requests++
	if p.fails != nil {
		return page, p.fails
	}
	if p.deaf {
		after = 0
	}
	top := len(p.users)
	if cursor != "" {
		top, _ = strconv.Atoi(cursor)
		top--
	}
	page.Ordered = !p.unordered
	for id := top; id > int(after) && page.Entries < 2; id-- {
		u := p.users[id-1]
		if u == "" {
			continue
		}
		if page.Newest == 0 && page.Ordered {
			page.Newest = int64(id)
		}
		if page.Entries++; page.Entries == 2 {
			page.Next = strconv.Itoa(id)
		}
		if !strings.HasPrefix(u, "local") {
			page.Accounts = append(page.Accounts, fediverse.Account{Handle: fediverse.Handle{User: u, Domain: "photos.example"}})
		}
	}
	return page, nil
}

func TestNewFollowsOfOnePerson(t *testing.T) {
	l := newLooks(t)
	p := l.pages()
	p.follow("a", "b", "local", "c")
	l.wantFirst(70)
	if p.requests != 1 {
		t.Errorf("%d requests", p.requests)
	}
	l.want()
	if p.requests != 2 {
		t.Errorf("%d requests", p.requests)
	}
	p.follow("d", "e", "local2", "f", "g")
	l.want("g", "f", "e", "d")
	p.unfollow("g")
	p.unfollow("f")
	l.want()
	p.follow("f", "a", "local2") // f is the topmost but one again
	l.want("a", "f")
	p.unfollow("local2")
	p.follow("local2")
	l.want()
}

func TestNobodyFollowedYet(t *testing.T) {
	l := newLooks(t)
	p := l.pages()
	l.wantFirst(0)
	p.follow("a")
	l.want("a")
	l.want()
}

// Few follows are counted, whatever home says.
func TestFewFollows(t *testing.T) {
	l := newLooks(t)
	l.pages().follow("a")
	l.wantFirst(1)
}

// Where ids tell no order, what was seen is remembered.
func TestUnorderedList(t *testing.T) {
	l := newLooks(t)
	p := l.pages()
	p.unordered = true
	p.follow("a", "b", "local", "c", "d")
	l.wantFirst(5)
	first := p.requests
	l.want()
	if got := p.requests - first; got != 1 {
		t.Errorf("%d requests", got)
	}
	p.users = append([]string{"e"}, p.users...) // where nobody looks
	p.follow("f", "g", "local2", "local3")
	l.want("g", "f")
	l.want()
	p.users[slices.Index(p.users, "f")] = "accepted" // it keeps the place of its request
	l.want("accepted")
	l.want()
}

// Where ids tell no order, an account that is unfollowed and followed again is not new,
// and hides no other one.
func TestFollowedAgainInAnUnorderedList(t *testing.T) {
	l := newLooks(t)
	p := l.pages()
	p.unordered = true
	p.follow("a", "b", "c", "d")
	l.wantFirst(4)
	p.unfollow("b")
	l.want()
	p.follow("b")
	l.want()
	p.unfollow("c")
	p.follow("e", "c", "f")
	l.want("f", "e")
	l.want()
}

// Whole pages of accounts that were followed again do not hide a new one below them, nor
// do later follows hide a request that is accepted.
func TestBelowAPageWithNothingNewInAnUnorderedList(t *testing.T) {
	l := newLooks(t)
	p := l.pages()
	p.unordered = true
	p.follow("a", "b", "c", "d", "e")
	count := func(n int) {
		l.source = home.OnePerson{Page: p.page, Count: n, Host: "home.example", Clock: l.clock, Seen: func([]fediverse.Account) {}}
	}
	count(5)
	l.wantFirst(5)
	p.follow("new", "a", "b", "c")
	count(6)
	l.want("new")
	first := p.requests
	l.want()
	if got := p.requests - first; got != 1 {
		t.Errorf("%d requests", got)
	}
	p.unfollow("e") // the number of accounts stays the same
	p.users[slices.Index(p.users, "d")] = "accepted"
	l.want()
	l.clock.Step(23 * time.Hour)
	l.want()
	l.clock.Step(time.Hour)
	l.want("accepted")
}

// A server that does not heed after would make everybody new.
func TestDeafServer(t *testing.T) {
	l := newLooks(t)
	p := l.pages()
	p.follow("a", "b")
	l.want()
	p.deaf = true
	if got, err := usersOf(l.newFollows().Accounts(t.Context())); err == nil || len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
	p.fails = errors.New("no")
	if _, err := usersOf(l.newFollows().Accounts(t.Context())); !errors.Is(err, p.fails) {
		t.Error(err)
	}
	p.fails, p.deaf = nil, false
	p.follow("c")
	l.want("c")
}
