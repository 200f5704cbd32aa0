// Command record makes the picture in the README: it runs the program in a terminal of
// 80 columns and 24 rows, against the sandbox, and writes what appears there as a film
// in SVG, which needs no script.
//
//	go build -o /tmp/tootfill . && go run ./commands/record /tmp/tootfill .github/demo.svg
//
// The film shows real output at its real speed. Only the typing is put on.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

const (
	columns = 80
	rows    = 24
)

// scenes are the commands of the film. Each is typed as it stands here.
var scenes = []scene{
	{
		typed: []string{"tootfill --sandbox lookup gallery@photos.example"},
		args:  []string{"--sandbox", "lookup", "gallery@photos.example"},
	},
	{
		typed: []string{
			`tootfill --sandbox accounts backfill ana@words.example ben@notes.example \`,
			"hermit@notes.example gallery@photos.example",
		},
		args: []string{"--sandbox", "accounts", "backfill", "ana@words.example", "ben@notes.example", "hermit@notes.example", "gallery@photos.example"},
	},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "record: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: go run ./commands/record PROGRAM FILE")
	}
	home, err := os.MkdirTemp("", "record")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }() // the film is what matters
	c := newCamera(time.Now)
	for _, s := range scenes {
		if err := c.film(args[0], home, s); err != nil {
			return err
		}
	}
	return os.WriteFile(args[1], picture(c.frames, c.ending()), 0o644)
}
