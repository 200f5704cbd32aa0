package manual

import (
	"embed"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Shells are those for which there is completion.
var Shells = []string{"bash", "zsh", "fish"}

//go:embed completion/*
var completionFiles embed.FS

// Completion is the script that makes a shell ask the program what can follow.
func Completion(shell string) (script string, known bool) {
	if !slices.Contains(Shells, shell) {
		return "", false
	}
	data, err := completionFiles.ReadFile("completion/" + shell)
	return string(data), err == nil
}

// Candidate is a word that may stand where the cursor is, and what it means.
type Candidate struct{ Word, Meaning string }

// FlagCandidates are the visible flags.
func FlagCandidates(flags []cli.Flag) []Candidate {
	var found []Candidate
	for _, g := range flagGroups(flags) {
		for _, f := range g.flags {
			_, usage := placeholderOf(f.GetUsage())
			found = append(found, Candidate{"--" + f.Names()[0], brief(usage)})
		}
	}
	return found
}

// CommandCandidates are the visible commands.
func CommandCandidates(commands []*cli.Command) []Candidate {
	var found []Candidate
	for _, c := range commands {
		if !c.Hidden {
			found = append(found, Candidate{c.Name, c.Usage})
		}
	}
	return found
}

// TopicCandidates are the topics of the help.
func TopicCandidates() []Candidate {
	found := make([]Candidate, len(Topics))
	for i, t := range Topics {
		found[i] = Candidate{t.Name, t.Usage}
	}
	return found
}

// brief is what a usage says before its first remark.
func brief(usage string) string {
	if end := strings.IndexAny(usage, ",;:("); end > 0 {
		usage = usage[:end]
	}
	return strings.TrimSpace(usage)
}
