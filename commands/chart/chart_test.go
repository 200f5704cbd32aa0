package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/coverage"
	"tootfill/backfill/fediverse"
)

// To accept what is drawn now: go test ./commands/chart -run TestGolden -update
var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)

// months are those from a month on.
func months(year int, m time.Month, counts ...coverage.Counts) []coverage.Month {
	var all []coverage.Month
	for i, c := range counts {
		all = append(all, coverage.Month{Start: time.Date(year, m+time.Month(i), 1, 0, 0, 0, 0, time.UTC), Counts: c})
	}
	return all
}

// alice has posts of every kind.
func alice() coverage.Coverage {
	return coverage.Coverage{
		Account: fediverse.Handle{User: "alice", Domain: "photos.example"}, Home: "home.example",
		Months:  months(2023, time.November, coverage.Counts{Held: 4, Importable: 2, Refused: 2}, coverage.Counts{}, coverage.Counts{Held: 9}, coverage.Counts{Importable: 5, Refused: 1}),
		Undated: coverage.Counts{Held: 1, NotOffered: 40}, ReadAt: now.Add(-time.Hour), Whole: true,
	}
}

// several are alice, an account with more to import, and one that nothing is known of.
func several() []coverage.Coverage {
	ben := coverage.Coverage{
		Account: fediverse.Handle{User: "ben", Domain: "notes.example"}, Home: "home.example",
		Months: months(2024, time.January, coverage.Counts{Held: 1, Importable: 30}), ReadAt: now,
	}
	return []coverage.Coverage{alice(), {Account: fediverse.Handle{User: "zoe", Domain: "new.example"}, Home: "home.example"}, ben}
}

func svgOf(t *testing.T, c coverage.Coverage) string {
	t.Helper()
	var b bytes.Buffer
	if err := SVG(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pageOf(t *testing.T, all []coverage.Coverage) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, all, now); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, got := range map[string]string{"coverage.svg": svgOf(t, alice()), "coverage.html": pageOf(t, several())} {
		path := filepath.Join("..", "..", "testdata", "golden", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil {
			t.Error(err)
		} else if got != string(want) {
			t.Errorf("%s differs; if it should, add -update\n%s", name, got)
		}
	}
}

// elements are those of a document, which must be well-formed XML.
func elements(t *testing.T, document string) (names []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if e, ok := token.(xml.StartElement); ok {
			names = append(names, e.Name.Local)
		}
	}
}

// evil is a name as a hostile server may write it.
const evil = "\u202e</script><svg onload=\"alert(1)\">'&\x00\x1b[31m\u6f22\u5b57"

func TestHostileNamesAreText(t *testing.T) {
	c := alice()
	plain := len(elements(t, svgOf(t, c)))
	c.Account = fediverse.Handle{User: evil, Domain: evil}
	c.Home = evil
	svg, page := svgOf(t, c), pageOf(t, []coverage.Coverage{c, alice()})
	if got := len(elements(t, svg)); got != plain {
		t.Errorf("%d elements, want %d as with a harmless name:\n%s", got, plain, svg)
	}
	for _, document := range []string{svg, page} {
		for _, bad := range []string{"</script", "<svg onload", `onload="`, "\u202e", "\x1b", "\x00"} {
			if strings.Contains(document, bad) {
				t.Errorf("the document contains %q", bad)
			}
		}
		if !strings.Contains(document, "\u6f22\u5b57") {
			t.Error("wide characters are lost")
		}
	}
}

// TestBarsStandForTheirPosts adds up the heights of the bars.
func TestBarsStandForTheirPosts(t *testing.T) {
	a := area{width: 400, height: 90}
	heights := regexp.MustCompile(`v-([0-9.]+)`)
	for i, path := range a.paths(alice().Months) { // the highest has 9 posts
		var got []string
		for _, m := range heights.FindAllStringSubmatch(path, -1) {
			got = append(got, m[1])
		}
		want := [][]string{{"40", "90"}, {"20", "50"}, {"20", "10"}}[i]
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: heights %v, want %v", dated[i].name, got, want)
		}
	}
}

func TestAccountsWithMostToImportStandFirst(t *testing.T) {
	page := pageOf(t, several())
	ben, alice, zoe := strings.Index(page, `<article id="ben@`), strings.Index(page, `<article id="alice@`), strings.Index(page, `<article id="zoe@`)
	if ben < 0 || ben > alice || alice > zoe {
		t.Errorf("ben, alice and zoe stand at %d, %d, %d", ben, alice, zoe)
	}
}

func TestAllAccountsTogether(t *testing.T) {
	sum := together(several())
	if want := (coverage.Counts{Held: 15, Importable: 37, Refused: 3, NotOffered: 40}); sum.Total() != want {
		t.Errorf("total %+v, want %+v", sum.Total(), want)
	}
	if len(sum.Months) != 4 || sum.Months[2].Importable != 30 || sum.Months[2].Held != 10 {
		t.Errorf("months %+v", sum.Months)
	}
}

// full is a writer that takes nothing.
type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestErrorsOfTheWriterAreTold(t *testing.T) {
	if err := SVG(full{}, alice()); !errors.Is(err, errFull) {
		t.Errorf("SVG: %v", err)
	}
	if err := HTML(full{}, several(), now); !errors.Is(err, errFull) {
		t.Errorf("HTML: %v", err)
	}
}

// many are accounts with five years of posts.
func many(n int) []coverage.Coverage {
	all := make([]coverage.Coverage, n)
	for i := range all {
		counts := make([]coverage.Counts, 60)
		for m := range counts {
			counts[m] = coverage.Counts{Held: (i*7 + m*3) % 40, Importable: (i + m) % 15, Refused: m % 7 / 6}
		}
		all[i] = coverage.Coverage{Account: fediverse.Handle{User: fmt.Sprintf("user%d", i), Domain: "photos.example"}, Home: "home.example", Months: months(2020, time.January, counts...), ReadAt: now, Whole: true}
	}
	return all
}

// TestManyAccountsMakeASmallPage holds the size at 4 KiB for five full years.
func TestManyAccountsMakeASmallPage(t *testing.T) {
	const accounts = 200
	size := len(pageOf(t, many(accounts)))
	t.Logf("%d bytes an account", size/accounts)
	if size > accounts*4<<10 {
		t.Errorf("%d bytes for %d accounts", size, accounts)
	}
}
