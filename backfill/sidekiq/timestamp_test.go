package sidekiq

import (
	"strings"
	"testing"
	"time"
)

func TestParseTimestamp(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)
	for _, tt := range []struct {
		in   string
		want time.Time
		unit unit
	}{
		{"1772366400.25", at, seconds},
		{"1772366400250", at, milliseconds},
		{"1772366400", at.Truncate(time.Second), seconds},
		{"1.77236640025e9", at, seconds},
		{"0", time.Unix(0, 0), seconds},
	} {
		got, u, ok := parseTimestamp([]byte(tt.in))
		if !ok || u != tt.unit || got.Sub(tt.want).Abs() > time.Microsecond {
			t.Errorf("%s: %v, %v, %v, want %v, %v", tt.in, got.UTC(), u, ok, tt.want.UTC(), tt.unit)
		}
	}
	for _, in := range []string{"", "null", `"1772366400"`, "true", "-5", "[]", "NaN", "Inf", "1e400", "99999999999999999999", "9e15", "0x10", "1_0", " 1"} {
		if got, _, ok := parseTimestamp([]byte(in)); ok {
			t.Errorf("%q is read as %v", in, got)
		}
	}
}

func TestWriteTimestamp(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if got := seconds.write(at); got != "1772366400.000000" {
		t.Errorf("seconds: %s", got)
	}
	if got := milliseconds.write(at); got != "1772366400000" {
		t.Errorf("milliseconds: %s", got)
	}
}

func FuzzParseTimestamp(f *testing.F) {
	for _, s := range []string{"1772366400.25", "1772366400250", "null", `"x"`, "1e99", "-1", "253402300799999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, u, ok := parseTimestamp([]byte(s))
		if !ok {
			return
		}
		if y := got.UTC().Year(); y < 1970 || y > 9999 || u == unitUnknown {
			t.Fatalf("%q is read as %v, %v", s, got, u)
		}
		if u == seconds && got.Unix() > earliestMilliseconds && !strings.ContainsAny(s, ".eE") {
			t.Fatalf("%q is read as seconds: %v", s, got)
		}
		again, _, ok := parseTimestamp([]byte(u.write(got)))
		if !ok || again.Sub(got).Abs() > 2*time.Millisecond {
			t.Fatalf("%q is read as %v, written as %s, and read as %v", s, got, u.write(got), again)
		}
	})
}

func FuzzReadJob(f *testing.F) {
	f.Add(mastodonJob("0123456789abcdef01234567", "1772366400250"))
	f.Add(`{"tootfill":1,"jid":"a","class":"FetchReplyWorker","args":["https://a.example/1",{"prefetched_body":"{}"}],"enqueued_at":null,"created_at":1.5}`)
	f.Add(`{"tootfill":1,"jid":"a","class":"MergeWorker","args":[1,"x"]}`)
	f.Add(`{"payload":"{\"tootfill\":1,\"jid\":\"a\"}"}`)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if d := latency([]string{s}, now); d < 0 {
			t.Fatalf("%q waits for %v", s, d)
		}
		readWork(s)
		if j, ok := readOurs(s); ok {
			if d := describe(j, pullQueue, now); d.JID == "" || d.Waited < 0 {
				t.Fatalf("%q is %+v", s, d)
			}
		}
	})
}
