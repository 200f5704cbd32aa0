package commands_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkAccounts fills home with 40 posts of each of many accounts, and then runs
// again, when there is nothing new. Home takes 0.1 s for an answer and is asked for 8
// posts at a time; origins are asked once a second. All of that takes real time.
func BenchmarkAccounts(b *testing.B) {
	for _, size := range []struct{ accounts, origins int }{{50, 10}, {500, 200}} {
		b.Run(fmt.Sprintf("%d on %d", size.accounts, size.origins), func(b *testing.B) {
			for b.Loop() {
				w := newBenchWorld(b, 1)
				w.addMany(size.accounts, size.origins, 40)
				w.slowHome()
				w.paceOrigins()
				w.fill(size.accounts * 40)
				w.again(size.accounts)
			}
		})
	}
}

// fill imports all posts of the accounts that are followed.
func (w *benchWorld) fill(posts int, args ...string) benchRun {
	w.b.Helper()
	r := w.follow(args...)
	if r.Imported != posts {
		w.b.Fatalf("%+v", r)
	}
	w.b.ReportMetric(r.took.Seconds(), "s")
	w.b.ReportMetric(r.took.Seconds()/homeFloor(posts).Seconds(), "s/floor")
	return r
}

// again runs an hour later.
func (w *benchWorld) again(accounts int) benchRun {
	w.b.Helper()
	w.anHourLater()
	r := w.follow()
	if r.Imported != 0 {
		w.b.Fatalf("%+v", r)
	}
	w.b.ReportMetric(r.took.Seconds(), "2nd-s")
	w.b.ReportMetric(float64(r.Origin)/float64(accounts), "2nd-origin-req/account")
	w.b.ReportMetric(float64(r.Home)/float64(accounts), "2nd-home-req/account")
	return r
}

// follow backfills the accounts that are followed.
func (w *benchWorld) follow(args ...string) benchRun {
	w.b.Helper()
	return w.run(append([]string{"accounts", "backfill", "--following", "--concurrency", fmt.Sprint(atATime)}, args...)...)
}

// BenchmarkRepeatOfLargeOrigin looks for new posts of accounts half of which are on
// one origin. That origin's pace is the floor: the first five requests may follow one
// another at once.
func BenchmarkRepeatOfLargeOrigin(b *testing.B) {
	const accounts, onLarge, burst = 100, 50, 5
	for b.Loop() {
		w := newBenchWorld(b, 1)
		w.addMany(accounts-onLarge, 20, 5)
		for i := range onLarge {
			w.add(fmt.Sprint("member", i), "large.example", 5)
		}
		w.follow()
		w.slowHome()
		w.paceOrigins()
		r := w.again(accounts)
		floor := (onLarge - burst) * time.Second
		b.ReportMetric(r.took.Seconds()/floor.Seconds(), "2nd-s/floor")
	}
}

// BenchmarkOneAccount imports 500 posts of one account, whose origin may be asked as
// often as it takes, in real time.
func BenchmarkOneAccount(b *testing.B) {
	for b.Loop() {
		w := newBenchWorld(b, 1)
		w.addMany(1, 1, 500)
		w.slowHome()
		w.fill(500)
	}
}

// BenchmarkNewestFirst fills home with 300 posts of each of 400 accounts, and reports
// when each account had its newest 40, in percent of the time for all. The waits for
// home and for origins are simulated: their clock runs 20 times as fast, so that the
// machine is slower than home. Only the percentage means something.
func BenchmarkNewestFirst(b *testing.B) {
	const accounts, posts, newest = 400, 300, 40
	for b.Loop() {
		w := newBenchWorld(b, 20)
		all := w.addMany(accounts, 100, posts)
		w.slowHome()
		w.paceOrigins()
		begun := w.clock.Now()
		r := w.follow()
		if r.Imported != accounts*posts {
			b.Fatalf("%+v", r)
		}
		missing := make(map[string]bool)
		for _, a := range all {
			for _, p := range a.Posts()[:newest] {
				missing[p.URI()] = true
			}
		}
		for _, i := range w.Home().Imports() {
			delete(missing, i.URI)
			if len(missing) == 0 {
				b.ReportMetric(100*i.At.Sub(begun).Seconds()/r.took.Seconds(), "newest/all-%")
				break
			}
		}
	}
}
