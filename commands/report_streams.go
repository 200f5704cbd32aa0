package commands

import (
	"io"

	"tootfill/backfill/cleantext"
)

// streams are standard output and standard error, and what is known of the
// terminals that they may be.
type streams struct {
	Stdout, Stderr       io.Writer
	StdoutTTY, StderrTTY bool
	// UTF8 says that the locale has UTF-8 text.
	UTF8 bool
	// Colour says that colours are wanted where there is a terminal.
	Colour bool
	// Dumb says that the terminals know no escape codes.
	Dumb bool

	// width returns the columns of the terminal on Stderr; 0 is unknown.
	width func() int
	// foreground says whether that terminal may be drawn on now; nil means
	// always.
	foreground func() bool
}

// look looks at the streams and the environment. noColor is the flag.
func look(stdout, stderr io.Writer, getenv func(string) string, noColor bool) streams {
	return streams{
		Stdout: stdout, Stderr: stderr,
		StdoutTTY: isTerminal(stdout), StderrTTY: isTerminal(stderr),
		UTF8:       utf8Locale(getenv),
		Colour:     colourWanted(getenv, noColor),
		Dumb:       getenv("TERM") == "dumb",
		width:      func() int { return terminalWidth(stderr) },
		foreground: func() bool { return inForeground(stderr) },
	}
}

func (s streams) stdoutColour() bool { return s.Colour && s.StdoutTTY && !s.Dumb }

func (s streams) stderrColour() bool { return s.Colour && s.StderrTTY && !s.Dumb }

// columns is the width of the terminal on Stderr.
func (s streams) columns() int {
	if s.width != nil {
		if columns := s.width(); columns > 0 {
			return columns
		}
	}
	return terminalColumns
}

// inLocale is text in the characters that the locale has.
func (s streams) inLocale(text string) string {
	if s.UTF8 {
		return text
	}
	return cleantext.ASCII(text)
}

func (s streams) allInLocale(texts []string) []string {
	for i, text := range texts {
		texts[i] = s.inLocale(text)
	}
	return texts
}
