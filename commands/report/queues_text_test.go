package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

var queuesNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// busyReading is a server with work to do.
func busyReading() queuesReading {
	return queuesReading{
		At: queuesNoon,
		Sidekiq: &Sidekiq{
			Queues: []Queue{
				{Name: "default", Size: 3}, {Name: "push"},
				{Name: "pull", Size: 1_000_000, Latency: 125*time.Second + 900*time.Millisecond},
				{Name: "a queue \x1b[31mwith a name\x1b[0m that is rather longer than others are on most servers in the world", Size: 1, Latency: time.Second},
			},
			Version: "8.0.9", Processes: 2, Busy: 12, Workers: 25, Scheduled: 3, Retry: 12, Dead: 40,
			Processed: 1302712, Failed: 9157, ProcessedToday: 18402, FailedToday: 37, Ours: 200, OursMore: true,
		},
		Ledger: LedgerState{
			Running:    []RunningAccount{{Account: gallery, Since: queuesNoon.Add(-90 * time.Minute)}},
			Unfinished: 2, Deferred: 3, DoneToday: 37, ImportedToday: 1204,
		},
		Deferred: []backfill.Deferral{
			{Account: lost, RetryAt: queuesNoon.Add(-time.Minute), Reason: "gone.example\x1b[2J asks to wait"},
			{Account: notes, RetryAt: queuesNoon.Add(65 * time.Minute), Reason: "backfilled a short while ago"},
			{Account: fediverse.Handle{User: "late", Domain: "notes.example"}, RetryAt: queuesNoon.Add(30 * time.Hour)},
		},
	}
}

func textOf(t queuesText, r queuesReading) string { return strings.Join(t.lines(r), "\n") + "\n" }

func TestQueuesTextAt80Columns(t *testing.T) {
	text := queuesText{columns: 79, utf8: true, listed: listedQueueEntries}
	expect(t, "80 columns", textOf(text, busyReading()), `queue                                                             size  latency
default                                                              3       0s
push                                                                 0       0s
pull                                                           1000000    2m05s
a queue with a name that is rather longer than others are on…        1       1s

sidekiq     8.0.9, 2 processes
workers     12 of 25 busy
ours        200+ waiting
scheduled   3
retry       12
dead        40
processed   1302712 (18402 today)
failed      9157 (37 today)

running     1
  since 10:30  gallery@photos.example
unfinished  2
deferred    3
  due now                 lost@gone.example  gone.example asks to wait
  until 13:05             notes@notes.example  backfilled a short while ago
  until 2026-03-02 18:00  late@notes.example
done today  37 (1204 posts imported)
`)
}

func TestQueuesTextAt40ColumnsInASCII(t *testing.T) {
	text := queuesText{columns: 39, listed: 1, trends: trends{"pull": {0, 500_000, 1_000_000}, "default": {3}}}
	expect(t, "40 columns", textOf(text, busyReading()), strings.Join([]string{
		"queue           size  latency     trend",
		"default            3       0s         :",
		"push               0       0s          ",
		"pull         1000000    2m05s       _-#",
		"a queue wi.        1       1s          ",
		"",
		"sidekiq     8.0.9, 2 processes",
		"workers     12 of 25 busy",
		"ours        200+ waiting",
		"scheduled   3",
		"retry       12",
		"dead        40",
		"processed   1302712 (18402 today)",
		"failed      9157 (37 today)",
		"",
		"running     1",
		"  since 10:30  gallery@photos.example",
		"unfinished  2",
		"deferred    3",
		"  due now  lost@gone.example  gone.exa.",
		"  and 2 more",
		"done today  37 (1204 posts imported)",
		"",
	}, "\n"))
}

func TestQueuesTextFitsEveryWidth(t *testing.T) {
	r := busyReading()
	r.JobsRead, r.Jobs = true, []Job{{JID: "1", Class: "MergeWorker", Account: 1 << 60, Follower: 2}}
	for columns := 1; columns < 140; columns++ {
		for _, utf8 := range []bool{true, false} {
			text := queuesText{columns: columns, utf8: utf8, listed: 3, trends: trends{"pull": {1}}}
			for _, line := range text.lines(r) {
				if columnsOf(line) > columns {
					t.Errorf("%d columns: %q", columns, line)
				}
			}
		}
	}
}

func TestQueuesTextInAPipe(t *testing.T) {
	got := textOf(queuesText{utf8: true, listed: listedQueueEntries}, busyReading())
	if strings.Contains(got, "\x1b") || strings.Contains(got, cleantext.Ellipsis) || !strings.Contains(got, "in the world  ") {
		t.Errorf("%q", got)
	}
}

func TestQueuesTextWithoutRedis(t *testing.T) {
	r := busyReading()
	r.Sidekiq, r.Ledger, r.Deferred = nil, LedgerState{}, nil
	expect(t, "text", textOf(queuesText{utf8: true, listed: listedQueueEntries}, r), `running     0
deferred    0
done today  0
`)
}

func TestQueuesTextOfAnIdleServer(t *testing.T) {
	r := queuesReading{At: queuesNoon, Sidekiq: &Sidekiq{}}
	got := textOf(queuesText{utf8: true, colour: true}, r)
	want := "no queues\n\n" + red + "sidekiq     no process is running" + reset + "\nours        0 waiting\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q first", got, want)
	}
	r.Sidekiq.Processes, r.Sidekiq.Workers = 1, 1 // Sidekiq 6 does not report its version
	if got := textOf(queuesText{utf8: true}, r); !strings.Contains(got, "sidekiq     1 process\nworkers     0 of 1 busy\n") {
		t.Errorf("%q", got)
	}
}

func TestQueuesTextColours(t *testing.T) {
	got := textOf(queuesText{columns: 79, utf8: true, colour: true, listed: listedQueueEntries}, busyReading())
	if strings.Count(got, "\x1b") != 2 || !strings.Contains(got, "1000000  "+yellow+"  2m05s"+reset+"\n") {
		t.Errorf("%q", got)
	}
}

func TestQueuesTextOfLongLists(t *testing.T) {
	r := busyReading()
	r.JobsRead, r.Sidekiq.OursMore, r.Sidekiq.Ours = true, false, 500
	for i := range 500 {
		r.Jobs = append(r.Jobs, Job{JID: fmt.Sprint(i), Class: "FetchReplyWorker", URI: fmt.Sprintf("https://photos.example/p/%d", i), Waited: 90 * time.Second})
	}
	r.Jobs[1] = Job{JID: "m", Class: "MergeWorker", Account: 109, Follower: 7}
	r.Ledger.Deferred, r.Deferred = 500, nil
	for range listedQueueEntries {
		r.Deferred = append(r.Deferred, backfill.Deferral{Account: notes, RetryAt: queuesNoon.Add(time.Hour), Reason: "too soon"})
	}
	got := textOf(queuesText{utf8: true, listed: listedQueueEntries, listedJobs: 2}, r)
	for _, want := range []string{
		"ours        500 waiting\n  1m30s  https://photos.example/p/0\n  0s     MergeWorker of 109 for 7\n  and 498 more\n",
		"too soon\n  and 480 more\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if got := textOf(queuesText{utf8: true, listed: 1}, r); strings.Count(got, "https://") != 499 {
		t.Errorf("not all jobs are listed: %q", got)
	}
	if got := textOf(queuesText{utf8: true, listedJobs: 1}, r); strings.Contains(got, "too soon") || strings.Contains(got, "and 500 more") {
		t.Errorf("accounts are listed: %q", got)
	}
}

func TestSparkline(t *testing.T) {
	tests := []struct {
		sizes []int64
		width int
		utf8  bool
		want  string
	}{
		{nil, 4, true, "    "},
		{[]int64{0, 1, 0}, 4, true, " ▁▂▁"},
		{[]int64{0, 4, 8}, 3, true, "▁▄█"},
		{[]int64{1, 0, 50, 99, 100}, 4, true, "▁▄▇█"},
		{[]int64{1, 0, 50, 99, 100}, 4, false, "_-*#"},
		{[]int64{1 << 62, 1<<63 - 1}, 3, false, " -#"},
	}
	for _, tt := range tests {
		if got := sparkline(tt.sizes, tt.width, tt.utf8); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.sizes, got, tt.want)
		}
	}
}

func TestTrends(t *testing.T) {
	seen := make(trends)
	for i := range 30 {
		queues := []Queue{{Name: "pull", Size: int64(i)}}
		if i < 29 {
			queues = append(queues, Queue{Name: "gone"})
		}
		seen.note(queues)
	}
	if sizes := seen["pull"]; len(seen) != 1 || len(sizes) != trendSamples || sizes[trendSamples-1] != 29 {
		t.Errorf("%v", seen)
	}
}
