package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"tootfill/commands"
)

// asProgram makes the test binary the program.
const asProgram = "RECORD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(commands.Process(nil, nil))
	}
	os.Exit(m.Run())
}

// A film of the program is an SVG whose last frame shows what was done.
func TestFilm(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("films are made on Linux only")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tootfill")
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asProgram, self)
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	c := newCamera(time.Now)
	s := scene{typed: []string{"tootfill and", "more"}, args: []string{"--sandbox", "accounts", "backfill", "--limit", "5", "gallery@photos.example"}}
	if err := c.film(program, t.TempDir(), s); err != nil {
		t.Fatal(err)
	}
	if first := c.frames[0].lines[0]; c.frames[0].at != 0 || !strings.Contains(first, ">$<") {
		t.Errorf("the first frame begins with %q", first)
	}
	checkFilm(t, picture(c.frames, c.ending()))

	s.args = []string{"--no-such-flag"}
	if err := c.film(program, t.TempDir(), s); err == nil || !strings.Contains(err.Error(), "exit status 2") {
		t.Errorf("a command that fails: %v", err)
	}
}

// The picture in the README is such a film, and light enough.
func TestDemo(t *testing.T) {
	data, err := os.ReadFile("../../.github/demo.svg")
	if err != nil {
		t.Fatal(err)
	}
	if len(data) >= 200<<10 {
		t.Errorf("the picture has %d bytes", len(data))
	}
	checkFilm(t, data)
	for _, s := range scenes {
		for _, line := range s.typed {
			if !strings.Contains(string(data), ">"+line+"</text>") {
				t.Errorf("nobody types %q in the picture: make it again", line)
			}
		}
	}
}

var (
	lineOfFilm = regexp.MustCompile(`(?m)^<g id="(l\d+)">(.*)</g>$`)
	useOfLine  = regexp.MustCompile(`href="#(l\d+)"`)
)

// checkFilm checks that an SVG is well formed, needs no script and nothing from
// elsewhere, and ends with posts that were imported.
func checkFilm(t *testing.T, film []byte) {
	t.Helper()
	if err := xml.Unmarshal(film, new(struct{})); err != nil {
		t.Errorf("the film is no XML: %v", err)
	}
	text := string(film)
	for _, no := range []string{"<script", `href="h`, "src=", "url("} {
		if strings.Contains(text, no) {
			t.Errorf("the film has %s", no)
		}
	}
	lines := make(map[string]string)
	for _, m := range lineOfFilm.FindAllStringSubmatch(text, -1) {
		lines[m[1]] = m[2]
	}
	frames := strings.Split(text, "<g transform=")
	if moments := strings.Count(text, "%{transform:"); len(frames) < 10 || len(frames)-1 != moments {
		t.Errorf("the film has %d frames for %d moments", len(frames)-1, moments)
	}
	var shown strings.Builder
	for _, m := range useOfLine.FindAllStringSubmatch(frames[len(frames)-1], -1) {
		shown.WriteString(lines[m[1]] + "\n")
	}
	if !regexp.MustCompile(`>Visited \d accounts?, imported \d+ posts`).MatchString(shown.String()) {
		t.Errorf("the last frame shows\n%s", shown.String())
	}
}
