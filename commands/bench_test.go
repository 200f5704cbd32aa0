package commands_test

import "testing"

// BenchmarkBackfill fills home with 500 posts, of which it holds 20, and then
// runs a second time.
func BenchmarkBackfill(b *testing.B) {
	for b.Loop() {
		w := newBenchWorld(b, 1)
		w.addAlice(500, 20)
		first := w.run("accounts", "backfill", "alice@photos.example")
		w.anHourLater()
		second := w.run("accounts", "backfill", "alice@photos.example")
		if first.Imported != 480 || second.Held != 500 {
			b.Fatalf("first %+v, second %+v", first, second)
		}
		b.ReportMetric(float64(first.Home)/float64(first.Imported), "home-req/post")
		b.ReportMetric(float64(first.Origin)/500, "origin-req/post")
		b.ReportMetric(float64(second.Home), "2nd-home-req")
		b.ReportMetric(float64(second.Origin), "2nd-origin-req")
	}
}

// BenchmarkStart starts the program only to print its version.
func BenchmarkStart(b *testing.B) {
	w := newBenchWorld(b, 1)
	for b.Loop() {
		cmd := program("--version")
		cmd.Env = w.env
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
