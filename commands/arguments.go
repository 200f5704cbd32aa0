package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
	"tootfill/commands/manual"
	"tootfill/commands/spelling"
)

// order is a command line in the order that the flag parser needs.
type order struct {
	command *cli.Command // nil for the program itself
	app     *cli.App
	help    bool
	topic   *manual.Topic // what the help is asked about, if it is no command
	version bool
	// args are the command's flags, "--", and its arguments.
	args []string
}

// arrange puts a command line into the order that the flag parser needs. The parser
// (cli v2) silently takes a flag after an argument for another argument, and accepts
// global flags only before the command. People write them anywhere, and a --dry-run
// that is ignored would be a disaster. Whatever the parser could misunderstand is
// refused here.
func arrange(app *cli.App, args []string) (order, error) {
	a := arranger{app: app, rest: args}
	if err := a.walk(); err != nil {
		return order{}, err
	}
	o := order{app: app, command: a.command, help: a.help, topic: a.topic, version: a.version}
	if o.help || o.version {
		return o, nil
	}
	if a.command == nil || len(a.command.Subcommands) > 0 {
		return order{}, a.noCommand()
	}
	o.args = slices.Concat(a.flags, []string{"--"}, a.arguments)
	return o, nil
}

// arranger walks once over a command line.
type arranger struct {
	app     *cli.App
	rest    []string
	command *cli.Command
	path    []string
	flags   []string
	// arguments are neither commands nor flags.
	arguments     []string
	help, version bool
	topic         *manual.Topic
}

func (a *arranger) walk() error {
	for len(a.rest) > 0 {
		word := a.rest[0]
		a.rest = a.rest[1:]
		if word == "--" {
			return a.wordsOnly()
		}
		if err := a.take(word); err != nil {
			return err
		}
	}
	return nil
}

// wordsOnly takes what follows "--", where nothing is a flag.
func (a *arranger) wordsOnly() error {
	for _, word := range a.rest {
		if err := a.word(word); err != nil {
			return err
		}
	}
	return nil
}

func (a *arranger) take(word string) error {
	switch {
	case strings.HasPrefix(word, "--"):
		return a.long(word)
	case strings.HasPrefix(word, "-") && word != "-":
		return a.short(word)
	}
	return a.word(word)
}

// word takes a command's name or an argument.
func (a *arranger) word(word string) error {
	commands := a.commands()
	if len(commands) == 0 {
		a.arguments = append(a.arguments, word)
		return nil
	}
	// As with tootctl, `help` may stand before or after the group's name.
	if word == "help" {
		a.help = true
		return nil
	}
	if a.command == nil && word == "version" {
		a.version = true
		return nil
	}
	var names []string
	if a.help && a.command == nil {
		if names = a.takeTopic(word); names == nil {
			return nil
		}
	}
	for _, c := range commands {
		if c.HasName(word) {
			a.command = c
			a.path = append(a.path, c.Name)
			return nil
		}
		names = append(names, c.Name)
	}
	message := "unknown command %q"
	if a.help && a.command == nil {
		message = "there is neither a command nor a topic %q"
	}
	near := spelling.Nearest(word, names)
	return usagef(didYouMean(strings.Join(append(a.path, ""), " ")+near, near, a.helpHint()), message, cleantext.Line(word, wordWidth))
}

// takeTopic takes the name of a topic of the help; otherwise it returns those that
// there are.
func (a *arranger) takeTopic(word string) (names []string) {
	for i, t := range manual.Topics {
		if t.Name == word {
			a.topic = &manual.Topics[i]
			return nil
		}
		names = append(names, t.Name)
	}
	return names
}

// long takes --name, --name=value or --name value.
func (a *arranger) long(word string) error {
	name, value, joined := strings.Cut(word[2:], "=")
	flag := a.flag(name)
	if flag == nil || len(name) == 1 {
		return a.unknown("--" + name)
	}
	return a.add(flag, "--"+name, value, joined)
}

// short takes -n, -nv, -c4 or -c 4.
func (a *arranger) short(word string) error {
	letters := word[1:]
	for i, letter := range letters {
		name := string(letter)
		flag := a.flag(name)
		if flag == nil {
			if a.flag(letters) != nil {
				return usagef("write --"+letters, "unknown flag -%s", letters)
			}
			return a.unknown("-" + name)
		}
		rest := letters[i+len(name):]
		if takesValue(flag) {
			return a.add(flag, "-"+name, strings.TrimPrefix(rest, "="), rest != "")
		}
		if strings.HasPrefix(rest, "=") {
			return a.add(flag, "-"+name, rest[1:], true)
		}
		if err := a.add(flag, "-"+name, "", false); err != nil {
			return err
		}
	}
	return nil
}

// add adds a flag under its full name. joined says that flag and value were written
// as one word.
func (a *arranger) add(flag cli.Flag, written, value string, joined bool) error {
	name := flag.Names()[0]
	if !takesValue(flag) {
		return a.addSwitch(name, written, value, joined)
	}
	if !joined {
		if len(a.rest) == 0 || a.isFlag(a.rest[0]) {
			return usagef(a.helpHint(), "%s needs a value", written)
		}
		value, a.rest = a.rest[0], a.rest[1:]
	}
	a.flags = append(a.flags, "--"+name+"="+value)
	return nil
}

func (a *arranger) addSwitch(name, written, value string, joined bool) error {
	if joined && value != "true" && value != "false" {
		return usagef("write "+written+" alone", "%s takes no value", written)
	}
	if value == "false" {
		a.flags = append(a.flags, "--"+name+"=false")
		return nil
	}
	switch name {
	case helpFlag:
		a.help = true
	case versionFlag:
		a.version = true
	default:
		a.flags = append(a.flags, "--"+name)
	}
	return nil
}

// isFlag reports whether a word is certainly a flag, not a value that begins with
// "-".
func (a *arranger) isFlag(word string) bool {
	if strings.HasPrefix(word, "--") {
		return true
	}
	return len(word) == 2 && word[0] == '-' && a.flag(word[1:]) != nil
}

func (a *arranger) commands() []*cli.Command {
	if a.command == nil {
		return a.app.Commands
	}
	return a.command.Subcommands
}

func (a *arranger) knownFlags() []cli.Flag {
	if a.command == nil {
		return a.app.Flags
	}
	return a.command.Flags
}

func (a *arranger) flag(name string) cli.Flag {
	for _, f := range a.knownFlags() {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func (a *arranger) unknown(written string) error {
	var names []string
	for _, f := range a.knownFlags() {
		for _, n := range f.Names() {
			if len(n) > 1 {
				names = append(names, "--"+n)
			}
		}
	}
	near := spelling.Nearest(written, names)
	where := ""
	if a.command == nil || len(a.command.Subcommands) > 0 {
		where = " before the command"
	}
	return usagef(didYouMean(near, near, a.helpHint()), "unknown flag %s%s", cleantext.Line(written, wordWidth), where)
}

func (a *arranger) noCommand() error {
	if a.command == nil {
		return usagef(a.helpHint(), "no command given")
	}
	names := make([]string, 0, len(a.command.Subcommands))
	for _, c := range a.command.Subcommands {
		names = append(names, c.Name)
	}
	return usagef(a.helpHint(), "%s needs a command: %s", a.command.Name, strings.Join(names, ", "))
}

func (a *arranger) helpHint() string {
	return "see " + strings.Join(slices.Concat([]string{a.app.Name}, a.path, []string{"--help"}), " ")
}

func didYouMean(text, found, otherwise string) string {
	if found == "" {
		return otherwise
	}
	return "did you mean " + text + "?"
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// jsonAsked reports whether --json is on the command line, for errors in the rest of
// it.
func jsonAsked(args []string) bool { return isGiven(args, jsonFlag) }

// isGiven reports whether a switch is on a command line, of which the rest may be wrong.
func isGiven(args []string, name string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--"+name) || slices.Contains(args, "--"+name+"=true")
}
