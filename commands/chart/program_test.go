package chart_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tootfill/commands"
	"tootfill/commands/chart"
)

// asProgram makes the test binary the program.
const asProgram = "CHART_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(commands.Process(nil, nil))
	}
	os.Exit(m.Run())
}

// tootfill runs the program on a sandbox that keeps its ledger in dir.
func tootfill(t *testing.T, dir string, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{"--sandbox", "--state", filepath.Join(dir, "state")}, args...)...)
	cmd.Env = []string{asProgram + "=1", "HOME=" + dir, "TZ=UTC"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("tootfill %q: %v\n%s%s", args, err, out.String(), errs.String())
	}
	return out.String()
}

// counts are those in the JSON of the program.
type counts struct {
	Held       int `json:"held"`
	Importable int `json:"importable"`
	Refused    int `json:"refused"`
	NotOffered int `json:"not_offered"`
}

// row is how a table of the page says counts, without the zeros that it leaves out.
func (c counts) row(name string) []string {
	row := []string{name}
	for _, n := range []int{c.Held, c.Importable, c.Refused, c.NotOffered} {
		row = append(row, strconv.Itoa(n))
	}
	return row
}

func trimmed(row []string) []string {
	for len(row) > 1 && row[len(row)-1] == "0" {
		row = row[:len(row)-1]
	}
	return row
}

// What a browser shows of accounts is what the ledger of a real run knows of them.
func TestThePageOfARunInABrowser(t *testing.T) {
	dir := t.TempDir()
	accounts := []string{"gallery@photos.example", "ana@words.example", "nobody@new.example"}
	tootfill(t, dir, "accounts", "backfill", accounts[0])
	tootfill(t, dir, "accounts", "backfill", "--limit", "20", accounts[1])
	page := filepath.Join(dir, "page.html")
	lines := tootfill(t, dir, append([]string{"accounts", "coverage", "--json", "--html", page}, accounts...)...)
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	tables := chart.Tables(t, string(html))
	if len(tables) != len(accounts) {
		t.Errorf("the page has %d accounts, want %d", len(tables), len(accounts))
	}
	seen := counts{}
	for line := range strings.Lines(lines) {
		var c struct {
			Account        string
			Undated, Total counts
			Months         []struct {
				Month string
				counts
			}
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		var want [][]string
		for _, m := range c.Months {
			if m.counts != (counts{}) {
				want = append(want, trimmed(m.row(m.Month)))
			}
		}
		if c.Undated != (counts{}) {
			want = append(want, c.Undated.row("no date"))
		}
		if want != nil {
			want = append(want, c.Total.row("total"))
		}
		if got := tables[c.Account]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the page says\n%v\nthe ledger\n%v", c.Account, got, want)
		}
		seen.Held += c.Total.Held
		seen.Importable += c.Total.Importable
		seen.Refused += c.Total.Refused
	}
	if seen.Held < 131 || seen.Importable < 1 || seen.Refused < 1 {
		t.Errorf("the run has left too little to compare: %+v", seen)
	}
}
