package report

import (
	"io"

	"tootfill/backfill/cleantext"
)

// Streams are standard output and standard error, with what is known about them if
// they are terminals.
type Streams struct {
	Stdout, Stderr       io.Writer
	StdoutTTY, StderrTTY bool
	// UTF8 says that the locale uses UTF-8.
	UTF8 bool
	// Colour says that colours are wanted where there is a terminal.
	Colour bool
	// Dumb says that the terminals do not know escape codes.
	Dumb bool

	// crops says that the terminals crop lines when they become narrower.
	crops bool
	// foreground reports whether that terminal may be drawn on now; nil means
	// always.
	foreground func() bool
}

// Look looks at the streams and the environment. noColor is the flag.
func Look(stdout, stderr io.Writer, getenv func(string) string, noColor bool) Streams {
	return Streams{
		Stdout: stdout, Stderr: stderr,
		StdoutTTY: isTerminal(stdout), StderrTTY: isTerminal(stderr),
		UTF8:       utf8Locale(getenv),
		Colour:     colourWanted(getenv, noColor),
		Dumb:       getenv("TERM") == "dumb",
		crops:      cropsLines(getenv),
		foreground: func() bool { return inForeground(stderr) },
	}
}

func (s Streams) stdoutColour() bool { return s.Colour && s.StdoutTTY && !s.Dumb }

func (s Streams) stderrColour() bool { return s.Colour && s.StderrTTY && !s.Dumb }

// StdoutColumns is the width of the terminal on Stdout, or that of a common one.
func (s Streams) StdoutColumns() int {
	if columns := terminalWidth(s.Stdout); s.StdoutTTY && columns > 0 {
		return columns
	}
	return terminalColumns
}

// columns is the width of the terminal on Stderr.
func (s Streams) columns() int {
	if columns := terminalWidth(s.Stderr); columns > 0 {
		return columns
	}
	return terminalColumns
}

// inLocale is text in characters of the locale.
func (s Streams) inLocale(text string) string {
	if s.UTF8 {
		return text
	}
	return cleantext.ASCII(text)
}

func (s Streams) allInLocale(texts []string) []string {
	for i, text := range texts {
		texts[i] = s.inLocale(text)
	}
	return texts
}
