package commands_test

import "testing"

// BenchmarkMemory reports the peak memory (resident set size) of the program, with
// what the tests add to it: of a run over 20,000 accounts with nothing new, and of one
// that imports 100,000 posts of one account.
func BenchmarkMemory(b *testing.B) {
	b.Run("accounts", func(b *testing.B) {
		for b.Loop() {
			w := newBenchWorld(b, 1)
			w.addMany(20_000, 1000, 1)
			w.follow()
			w.anHourLater()
			r := w.follow()
			if r.Imported != 0 {
				b.Fatalf("%+v", r)
			}
			b.ReportMetric(r.memory, "peak-MiB")
			b.ReportMetric(float64(r.Home)/20_000, "home-req/account")
		}
	})
	b.Run("posts", func(b *testing.B) {
		for b.Loop() {
			w := newBenchWorld(b, 1)
			w.addAlice(100_000, 0)
			r := w.run("accounts", "backfill", "--limit", "0", "--concurrency", "8", "alice@photos.example")
			if r.Imported != 100_000 {
				b.Fatalf("%+v", r)
			}
			b.ReportMetric(r.memory, "peak-MiB")
		}
	})
}
