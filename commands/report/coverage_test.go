package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/coverage"
	"tootfill/backfill/fediverse"
)

func monthOf(year int, m time.Month, c coverage.Counts) coverage.Month {
	return coverage.Month{Start: time.Date(year, m, 1, 0, 0, 0, 0, time.UTC), Counts: c}
}

var coverageNow = time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)

// someCoverage has every kind of posts, and a year without any.
func someCoverage() Coverage {
	months := []coverage.Month{monthOf(2023, time.November, coverage.Counts{Held: 4, Importable: 2, Refused: 2}), monthOf(2023, time.December, coverage.Counts{})}
	for m := time.January; m <= time.December; m++ {
		months = append(months, monthOf(2024, m, coverage.Counts{}))
	}
	months = append(months, monthOf(2025, time.January, coverage.Counts{Held: 1}))
	return Coverage{Tried: true, Coverage: coverage.Coverage{
		Account: fediverse.Handle{User: "alice", Domain: "photos.example"}, Home: "home.example",
		Months: months, Undated: coverage.Counts{NotOffered: 40},
		ReadAt: coverageNow.Add(-time.Hour), Whole: true,
	}}
}

// coverageLines are what a terminal of a width shows.
func coverageLines(t *testing.T, columns int, utf8, coloured bool, c Coverage) []string {
	t.Helper()
	text := coverageText{columns: columns - 1, glyphs: glyphsFor(utf8), coloured: coloured}
	lines := append(text.legend(), text.lines(c, coverageNow)...)
	return strings.Split(wrap(strings.Join(lines, "\n"), columns-1), "\n")
}

func wantLines(t *testing.T, got []string, want string) {
	t.Helper()
	if want = strings.Trim(want, "\n"); strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestCoverageText(t *testing.T) {
	wantLines(t, coverageLines(t, 40, true, false, someCoverage()), `
█ held     ░ importable
x refused  . not offered
alice@photos.example
2023-11  ████████████░░░░░░xxxxxx   4/8
2023-12
2024
2025-01  ███                        1/1
undated  .......................>  0/40
total: held 5     importable 2
       refused 2  not offered 40
  its server's list was read to its end
    (11:30)`)
	wantLines(t, coverageLines(t, 80, false, false, someCoverage())[2:6], `
2023-11  ################################----------------xxxxxxxxxxxxxxxx   4/8
2023-12
2024
2025-01  ########                                                           1/1`)
}

// At any width each line fits, no word is cut, and colours change nothing but colours.
func TestCoverageFitsEveryWidth(t *testing.T) {
	c := someCoverage()
	c.Whole = false
	c.Account.User = "a-name-of-thirty-characters-or"
	c.Remark = "photos.example lists only the latest posts"
	for columns := 21; columns <= 200; columns++ {
		plain := coverageLines(t, columns, true, false, c)
		for _, line := range plain {
			if columnsOf(line) >= columns && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("at %d columns: %q takes %d", columns, line, columnsOf(line))
			}
		}
		words := strings.Fields(strings.Join(plain, " "))
		for _, word := range []string{"tootfill", "photos.example", c.Account.String(), "importable"} {
			if !strings.Contains(" "+strings.Join(words, " ")+" ", " "+word+" ") {
				t.Errorf("at %d columns there is no %q in %q", columns, word, words)
			}
		}
		bare := strings.NewReplacer(green, "", yellow, "", red, "", reset, "").Replace(strings.Join(coverageLines(t, columns, true, true, c), "\n"))
		if want := strings.Join(plain, "\n"); bare != want {
			t.Fatalf("at %d columns, in colour:\n%s\nwant\n%s", columns, bare, want)
		}
	}
}

func TestShares(t *testing.T) {
	for _, tt := range []struct {
		counts      coverage.Counts
		most, cells int
		want        [4]int
	}{
		{coverage.Counts{}, 10, 20, [4]int{}},
		{coverage.Counts{Held: 5}, 10, 20, [4]int{10}},
		{coverage.Counts{Held: 9997, Importable: 1, Refused: 1, NotOffered: 1}, 10_000, 20, [4]int{17, 1, 1, 1}},
		{coverage.Counts{Held: 1, Refused: 1}, 10_000, 20, [4]int{1, 0, 1}},
		{coverage.Counts{Held: 2, Importable: 1, Refused: 1, NotOffered: 1}, 5, 2, [4]int{0, 0, 1, 1}},
		{coverage.Counts{Held: 1 << 40, Importable: 1 << 40}, 1 << 41, 120, [4]int{60, 60}},
	} {
		if got := shares(tt.counts, tt.most, tt.cells); got != tt.want {
			t.Errorf("%+v of %d in %d cells: %v, want %v", tt.counts, tt.most, tt.cells, got, tt.want)
		}
	}
}

func TestCoverageRemarks(t *testing.T) {
	for want, change := range map[string]func(*Coverage){
		"never backfilled: tootfill accounts backfill --profile work alice@photos.example imports": func(c *Coverage) { *c = Coverage{Coverage: coverage.Coverage{Account: c.Account}} },
		"no list of its posts was read yet":                                                     func(c *Coverage) { c.ReadAt = time.Time{} },
		"read to its end (2026-04-30 12:30)":                                                    func(c *Coverage) { c.ReadAt = coverageNow.AddDate(0, 0, -1) },
		"read only in part (11:30): tootfill accounts backfill --profile work --limit 0 alice@": func(c *Coverage) { c.Whole = false },
		"the account has moved; its server":                                                     func(c *Coverage) { c.Remark = "the account has moved" },
	} {
		c := someCoverage()
		change(&c)
		if got := strings.Join(coverageText{flags: " --profile work"}.remarks(c, coverageNow), "; "); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCoverageJSON(t *testing.T) {
	var out bytes.Buffer
	w := CoverageWriter{Streams: Streams{Stdout: &out}, JSON: true, Now: coverageNow}
	empty := Coverage{Coverage: coverage.Coverage{Account: someCoverage().Account, Home: "home.example"}}
	for _, c := range []Coverage{someCoverage(), empty} {
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	first, second, _ := strings.Cut(strings.TrimSuffix(out.String(), "\n"), "\n")
	const none = `{"held":0,"importable":0,"refused":0,"not_offered":0}`
	if want := `{"type":"coverage","account":"alice@photos.example","home":"home.example","months":[],"undated":` +
		none + `,"total":` + none + `,"read_at":null,"whole":false,"fresh":false}`; second != want {
		t.Errorf("got  %s\nwant %s", second, want)
	}
	var line struct {
		Months []map[string]any `json:"months"`
		Total  map[string]int   `json:"total"`
		ReadAt string           `json:"read_at"`
	}
	if err := json.Unmarshal([]byte(first), &line); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(len(line.Months), " ", line.Months[0], " ", line.Total, " ", line.ReadAt)
	if want := "15 map[held:4 importable:2 month:2023-11 not_offered:0 refused:2] " +
		"map[held:5 importable:2 not_offered:40 refused:2] 2026-05-01T11:30:00Z"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What a server says of itself reaches no terminal as it is.
func TestCoverageRemarkIsCleaned(t *testing.T) {
	var out bytes.Buffer
	w := CoverageWriter{Streams: Streams{Stdout: &out}, Now: coverageNow}
	c := someCoverage()
	c.Remark = "gone \x1b[31mfor … good\x07"
	if err := w.Write(c); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && (r < ' ' || r > '~') {
			t.Fatalf("%q", out.String())
		}
	}
}
