package commands

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/commands/manual"
	"tootfill/commands/settings"
)

// completeCommand is what the scripts of `tootfill completion` call: the words of a
// command line follow, of which the last one is to be completed.
const completeCommand = "__complete"

// Instead of words, a shell may be asked to complete the names of files or folders.
const (
	completeFiles   = ":files"
	completeFolders = ":folders"
)

// complete prints the words that may stand where the last of words is: one a line, each
// with a tab and what it means.
func complete(ctx context.Context, env Env, app *cli.App, words []string) error {
	if len(words) == 0 {
		return nil
	}
	c := completion{line: arranger{app: app}}
	c.read(words[:len(words)-1])
	c.handles = func(prefix string) []string { return ledgerHandles(ctx, env, c.flags, prefix) }
	var b strings.Builder
	for _, candidate := range c.candidates(words[len(words)-1]) {
		b.WriteString(candidate.Word)
		if candidate.Meaning != "" {
			b.WriteString("\t" + candidate.Meaning)
		}
		b.WriteString("\n")
	}
	return printText(env.Stdout, "what can follow", b.String())
}

// completion is what the words before the cursor say.
type completion struct {
	line arranger
	// flags are those that say where the ledger is.
	flags settings.Flags
	// value is the flag whose value is to be completed; nil if none is.
	value cli.Flag
	// wordsOnly says that "--" came before.
	wordsOnly bool
	// handles returns accounts in the ledger whose handles begin with a prefix.
	handles func(prefix string) []string
}

// read reads the words before the cursor. What is wrong in them is left for the moment
// when the command is run.
func (c *completion) read(words []string) {
	for _, word := range words {
		switch {
		case c.value != nil:
			c.setValue(word)
		case c.wordsOnly:
		case word == "--":
			c.wordsOnly = true
		case strings.HasPrefix(word, "-") && word != "-":
			c.readFlag(word)
		default:
			_ = c.line.word(word)
		}
	}
}

// readFlag reads a flag, whose value may come next.
func (c *completion) readFlag(word string) {
	name, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
	f := c.line.flag(name)
	switch {
	case f == nil:
	case f.Names()[0] == helpFlag:
		c.line.help = true
	case takesValue(f):
		if c.value = f; joined {
			c.setValue(value)
		}
	}
}

func (c *completion) setValue(value string) {
	switch c.value.Names()[0] {
	case stateFlag:
		c.flags.State = value
	case configFlag:
		c.flags.Config = value
	}
	c.value = nil
}

// candidates are the words that begin like the one at the cursor.
func (c *completion) candidates(word string) []manual.Candidate {
	before := ""
	if name, _, joined := strings.Cut(word, "="); joined && strings.HasPrefix(word, "--") && !c.wordsOnly {
		if f := c.line.flag(name[2:]); f != nil && takesValue(f) {
			c.value, before = f, name+"="
		}
	}
	var found []manual.Candidate
	switch {
	case c.value != nil:
		found = valuesOf(c.value)
	case strings.HasPrefix(word, "-") && !c.wordsOnly:
		found = manual.FlagCandidates(c.line.knownFlags())
	default:
		found = c.words(word)
	}
	return slices.DeleteFunc(joinedTo(before, found), func(m manual.Candidate) bool {
		return !strings.HasPrefix(m.Word, word) && !strings.HasPrefix(m.Word, ":")
	})
}

// joinedTo puts --flag= before the values of a flag that is written so.
func joinedTo(before string, values []manual.Candidate) []manual.Candidate {
	for i, v := range values {
		if !strings.HasPrefix(v.Word, ":") {
			values[i].Word = before + v.Word
		}
	}
	return values
}

// words are the commands or arguments that may follow.
func (c *completion) words(word string) []manual.Candidate {
	if commands := c.line.commands(); len(commands) > 0 {
		return c.commands(commands)
	}
	switch c.line.command.Name {
	case "backfill", "coverage", "lookup":
		// People write handles with or without an @ in front.
		bare := strings.TrimPrefix(word, "@")
		return joinedTo(word[:len(word)-len(bare)], plainWords(c.handles(strings.ToLower(bare))...))
	case "copy":
		return plainWords(completeFolders)
	case "completion":
		return plainWords(manual.Shells...)
	case "man":
		return manual.TopicCandidates()
	}
	return nil
}

func (c *completion) commands(commands []*cli.Command) []manual.Candidate {
	found := manual.CommandCandidates(commands)
	switch {
	case c.line.command != nil:
		return found
	case c.line.help:
		return append(found, manual.TopicCandidates()...)
	}
	return append(found,
		manual.Candidate{Word: "help", Meaning: "explain a command or a topic"},
		manual.Candidate{Word: "version", Meaning: "print the version"},
	)
}

// valuesOf are the values of a flag, as far as they are known.
func valuesOf(f cli.Flag) []manual.Candidate {
	switch f.Names()[0] {
	case "via":
		return plainWords("auto", string(backfill.RouteRequest), string(backfill.RouteSidekiq), string(backfill.RouteResolve))
	case "listing":
		return plainWords(listingKinds()...)
	case logFormatFlag:
		return plainWords(settings.LogFormats...)
	case "home-rate":
		return plainWords("auto", "unlimited")
	case "from", exceptFlag, configFlag, envFileFlag, metricsFileFlag:
		return plainWords(completeFiles)
	case stateFlag, "to":
		return plainWords(completeFolders)
	}
	return nil
}

func plainWords(words ...string) []manual.Candidate {
	found := make([]manual.Candidate, len(words))
	for i, w := range words {
		found[i].Word = w
	}
	return found
}
