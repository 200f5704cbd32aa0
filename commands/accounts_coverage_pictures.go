package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/coverage"
	"tootfill/commands/chart"
)

const (
	svgFlag  = "svg"
	htmlFlag = "html"
	// toStdout stands for standard output where a file is named.
	toStdout = "-"
)

// pictures are the files in which coverages are drawn.
type pictures struct {
	SVG, HTML string

	drawn []coverage.Coverage
}

func pictureFlags() []cli.Flag {
	return under("Pictures",
		&cli.StringFlag{Name: svgFlag, Usage: "draw one account in `FILE`; - is standard output"},
		&cli.StringFlag{Name: htmlFlag, Usage: "write a page with the charts of all accounts to `FILE`; - is standard output"},
	)
}

// readPictures reads the flags that name files.
func readPictures(c *cli.Context, accounts int) (pictures, error) {
	p := pictures{SVG: c.String(svgFlag), HTML: c.String(htmlFlag)}
	for _, flag := range []string{svgFlag, htmlFlag} {
		if c.IsSet(flag) && c.String(flag) == "" {
			return p, usagef("name a file, or - for standard output", "--%s names no file", flag)
		}
	}
	switch {
	case p.SVG != "" && accounts > 1:
		return p, usagef("--"+htmlFlag+" FILE draws many accounts", "--%s draws one account, and %d were given", svgFlag, accounts)
	case p.SVG == toStdout && p.HTML == toStdout:
		return p, usagef("name a file for one of them", "--%s and --%s cannot both go to standard output", svgFlag, htmlFlag)
	case p.onStdout() && c.Bool("json"):
		return p, usagef("name a file for the picture", "a picture and --json cannot both go to standard output")
	}
	return p, nil
}

// wanted reports whether anything is drawn.
func (p *pictures) wanted() bool { return p.SVG != "" || p.HTML != "" }

// onStdout reports whether standard output belongs to a picture.
func (p *pictures) onStdout() bool { return p.SVG == toStdout || p.HTML == toStdout }

// write draws the accounts. Nothing is written if nothing is known of any.
func (p *pictures) write(stdout io.Writer, at time.Time) error {
	if len(p.drawn) == 0 {
		return nil
	}
	svg := func(w io.Writer) error { return chart.SVG(w, p.drawn[0]) }
	page := func(w io.Writer) error { return chart.HTML(w, p.drawn, at) }
	return errors.Join(drawTo(p.SVG, stdout, svg), drawTo(p.HTML, stdout, page))
}

// drawTo draws a picture in a file, or on standard output.
func drawTo(path string, stdout io.Writer, draw func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	err := draw(&b)
	switch {
	case err != nil:
	case path == toStdout:
		_, err = stdout.Write(b.Bytes())
	default:
		err = putFile(path, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("writing the picture: %w", err)
	}
	return nil
}

// putFile gives a file a new content at once, so that nobody sees half of it. What is
// not a regular file, such as a pipe, is written to.
func putFile(path string, content []byte) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, content, 0o644)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
