package chart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"tootfill/backfill/coverage"
)

// browser is a session of a real browser, driven by chromedriver (W3C WebDriver).
type browser struct {
	t       *testing.T
	session string
}

// program finds a program. Without it the test is skipped, or fails in CI.
func program(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", names[0])
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, driver := program(t, "chromium", "chromium-browser", "google-chrome"), program(t, "chromedriver")
	cmd := exec.Command(driver, "--port=0") // it chooses a free one, and says which
	said := make(chan string, 1)
	cmd.Stdout = &startLine{said: said}
	cmd.WaitDelay = 10 * time.Second // a browser that outlives its driver holds the pipe
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	})
	b := &browser{t: t}
	select {
	case port := <-said:
		b.session = "http://127.0.0.1:" + port + "/session"
	case <-time.After(2 * time.Minute):
		t.Fatal("chromedriver does not say that it listens")
	}
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir()}
	var made struct{ SessionID string }
	b.post("", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:chromeOptions": map[string]any{"binary": chromium, "args": args},
		"goog:loggingPrefs":  map[string]string{"browser": "ALL"},
	}}}, &made)
	b.session += "/" + made.SessionID
	t.Cleanup(func() { b.call(http.MethodDelete, "", map[string]any{}, nil) })
	return b
}

// startedOn is what chromedriver says once it listens.
var startedOn = regexp.MustCompile(`started successfully on port (\d+)`)

// startLine tells the port on which chromedriver says that it listens.
type startLine struct {
	seen []byte
	said chan<- string // nil once told
}

func (s *startLine) Write(p []byte) (int, error) {
	if s.said != nil {
		s.seen = append(s.seen, p...)
		if m := startedOn.FindSubmatch(s.seen); m != nil {
			s.said <- string(m[1])
			s.said = nil
		}
	}
	return len(p), nil
}

func (b *browser) post(path string, body, into any) { b.call(http.MethodPost, path, body, into) }

// call makes a call of the session, and reads the value of its answer.
func (b *browser) call(method, path string, body, into any) {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequest(method, b.session+path, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %s, %v: %s", method, path, answer.Status, err, data)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(data, &struct{ Value any }{into}); err != nil {
		b.t.Fatalf("%v: %s", err, data)
	}
}

// run runs a script in the page.
func (b *browser) run(script string, into any) {
	b.t.Helper()
	b.post("/execute/sync", map[string]any{"script": script, "args": []any{}}, into)
}

// devtools calls a method of the browser's own protocol.
func (b *browser) devtools(method string, params map[string]any) {
	b.t.Helper()
	b.post("/goog/cdp/execute", map[string]any{"cmd": method, "params": params}, nil)
}

func (b *browser) open(page string) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.post("/url", map[string]string{"url": "file://" + path}, nil)
}

// rows are what the tables in a part of the page say: a name, then the four counts.
const rows = `return [...document.querySelectorAll(%q)].map(r => [...r.children].map(c => c.textContent.trim()))`

func row(name string, c coverage.Counts) []string {
	cells := []string{name}
	for _, k := range kinds {
		cells = append(cells, strconv.Itoa(k.of(c)))
	}
	return cells
}

// TestPageInABrowser reads the page as a browser understands it.
func TestPageInABrowser(t *testing.T) {
	b := startBrowser(t)
	hostile := alice()
	hostile.Account.User = evil
	all := append(several(), hostile)
	b.open(pageOf(t, all))
	b.checkNumbers(all)
	for _, width := range []int{360, 1280} {
		b.devtools("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false})
		var wide int
		if b.run(`document.querySelectorAll("details").forEach(d => d.open = true); return document.documentElement.scrollWidth`, &wide); wide > width {
			t.Errorf("the page is %d pixels wide in a window of %d", wide, width)
		}
	}
	grounds := map[string]float64{}
	for _, scheme := range []string{"light", "dark"} {
		b.devtools("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
		grounds[scheme] = b.checkColours(scheme)
	}
	if grounds["light"] <= grounds["dark"] {
		t.Errorf("the grounds' luminances are %v", grounds)
	}
	b.checkPaper()
	b.checkQuiet()
}

// checkPaper makes sure that a page is printed in light colours, whatever the screen has,
// and that no account is cut in two.
func (b *browser) checkPaper() {
	b.t.Helper()
	b.devtools("Emulation.setEmulatedMedia", map[string]any{"media": "print", "features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}})
	b.checkColours("on paper")
	var style struct{ Ground, Break, Visibility string }
	b.run(`const a = getComputedStyle(document.querySelector("article"));
return {Ground: getComputedStyle(document.body).backgroundColor, Break: a.breakInside, Visibility: a.contentVisibility}`, &style)
	if style.Ground != "rgb(255, 255, 255)" || style.Break != "avoid" || style.Visibility != "visible" {
		b.t.Errorf("on paper: %+v", style)
	}
}

// checkNumbers compares the tables with what was drawn.
func (b *browser) checkNumbers(all []coverage.Coverage) {
	b.t.Helper()
	for _, c := range all {
		var want, got [][]string
		for _, m := range c.Months {
			if m.Sum() > 0 {
				cells := row(monthText(m), m.Counts)
				for cells[len(cells)-1] == "0" {
					cells = cells[:len(cells)-1]
				}
				want = append(want, cells)
			}
		}
		if c.Undated.Sum() > 0 {
			want = append(want, row("no date", c.Undated))
		}
		if want != nil {
			want = append(want, row("total", c.Total()))
		}
		id, _ := json.Marshal(nameOf(c.Account))
		b.run(`const a = document.getElementById(`+string(id)+`); return [...a.querySelectorAll("tbody tr, tfoot tr")].map(r => [...r.children].map(c => c.textContent.trim()))`, &got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			b.t.Errorf("%s: the page says\n%v, want\n%v", nameOf(c.Account), got, want)
		}
	}
	var index [][]string
	b.run(fmt.Sprintf(rows, "header tbody tr"), &index)
	for _, c := range all {
		if want := row(nameOf(c.Account), c.Total()); !slices.ContainsFunc(index, func(r []string) bool { return slices.Equal(r, want) }) {
			b.t.Errorf("the accounts have no row %v: %v", want, index)
		}
	}
	var lost int
	b.run(`return [...document.querySelectorAll("header a")].filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).length`, &lost)
	if lost > 0 {
		b.t.Errorf("%d links lead nowhere", lost)
	}
	var unnamed int
	b.run(`return [...document.querySelectorAll('svg[role="img"]')].filter(s => !s.querySelector("title")?.textContent || !s.querySelector("desc")?.textContent).length`, &unnamed)
	if unnamed > 0 {
		b.t.Errorf("%d charts have no title or description", unnamed)
	}
}

// checkColours holds text and kinds apart from the ground, and returns the ground's
// luminance.
func (b *browser) checkColours(scheme string) float64 {
	b.t.Helper()
	var c struct{ Ground, Text, Link, Label, Held, Importable, Refused, Absent []float64 }
	b.run(`const of = (e, p) => getComputedStyle(document.querySelector(e))[p].match(/[0-9.]+/g).slice(0, 3).map(Number);
return {Ground: of("body", "backgroundColor"), Text: of("body", "color"), Link: of("header a", "color"), Label: of("svg text", "fill"),
Held: of(".bars .held", "stroke"), Importable: of(".a", "fill"), Refused: of(".b", "fill"), Absent: of(".c", "stroke")}`, &c)
	for name, seen := range map[string]struct {
		colour []float64
		least  float64
	}{"text": {c.Text, 4.5}, "links": {c.Link, 4.5}, "labels": {c.Label, 4.5}, "held": {c.Held, 3}, "importable": {c.Importable, 3}, "refused": {c.Refused, 3}, "not offered": {c.Absent, 3}} {
		if got := contrast(seen.colour, c.Ground); got < seen.least {
			b.t.Errorf("%s: the contrast of %s is %.2f, want %.1f", scheme, name, got, seen.least)
		}
	}
	return luminance(c.Ground)
}

// contrast is WCAG's contrast ratio.
func contrast(a, b []float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG's relative luminance of a colour in sRGB.
func luminance(colour []float64) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		part := colour[i] / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}

// checkQuiet makes sure that the page asked for nothing and that nothing went wrong.
func (b *browser) checkQuiet() {
	b.t.Helper()
	var requests []string
	b.run(`return performance.getEntriesByType("resource").map(e => e.name)`, &requests)
	var log []struct{ Level, Message string }
	b.post("/se/log", map[string]string{"type": "browser"}, &log)
	if len(requests) > 0 || len(log) > 0 {
		b.t.Errorf("the page asked for %v, and the console says %v", requests, log)
	}
}
