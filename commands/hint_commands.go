package commands

import (
	"regexp"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/commands/settings"
	"tootfill/commands/shell"
)

// Advice that names a command has to be good as it stands: after
// `tootfill --profile work whoami`, `tootfill login` would log in somewhere else. So
// the flags with which the present command was led to its home are added to the
// commands that its hints name, here and nowhere else.

// homeFlags lead a command to a home, its settings and its ledger.
var homeFlags = []string{sandboxFlag, configFlag, profileFlag, serverFlag, envFileFlag, stateFlag}

// loginPlaceFlags say where a login is kept; its server is an argument.
var loginPlaceFlags = []string{configFlag, profileFlag}

// hintFlags are the flags that each command takes over. Commands that have nothing
// to do with a home take none.
var hintFlags = map[string][]string{
	"login":             loginPlaceFlags,
	"logout":            loginPlaceFlags,
	"whoami":            homeFlags,
	"lookup":            homeFlags,
	"queues":            homeFlags,
	"serve":             homeFlags,
	"accounts backfill": homeFlags,
	"accounts coverage": homeFlags,
	"accounts list":     homeFlags,
	"config check":      homeFlags,
	"config show":       homeFlags,
	"config init":       nil,
	"state copy":        nil,
	"man":               nil,
	"completion":        nil,
}

var hintCommand = regexp.MustCompile(`\btootfill ((?:accounts |config |state )?[a-z]+)\b`)

// hintText is advice, with the commands in it led to the same home.
func (env Env) hintText(h backfill.Hint) string { return env.toSameHome(hintText(h)) }

// explain is explain, with the commands in the hint led to the same home.
func (env Env) explain(err error) (message, hint string) {
	message, hint = explain(err)
	return message, env.toSameHome(hint)
}

// toSameHome adds to the commands that a text names what leads them to the home of this
// command line.
func (env Env) toSameHome(text string) string {
	var b strings.Builder
	for {
		at := hintCommand.FindStringSubmatchIndex(text)
		if at == nil {
			return b.String() + text
		}
		b.WriteString(text[:at[1]])
		name, rest := text[at[2]:at[3]], text[at[1]:]
		b.WriteString(env.flagsGiven(hintFlags[name], clause(rest)))
		text = rest
	}
}

// flagsGiven writes those of the flags that this command line has, unless the rest of
// the other one has them already.
func (env Env) flagsGiven(names []string, rest string) string {
	text := ""
	for _, name := range names {
		flag := " --" + name
		if strings.Contains(rest+" ", flag+" ") {
			continue
		}
		value := flagValue(env.Args, name)
		switch {
		case name == stateFlag && !settings.IsShowable(value):
		case name == sandboxFlag && isGiven(env.Args, name):
			text += flag
		case name != sandboxFlag && value != "":
			text += flag + " " + shell.Word(cleantext.Line(value, 0))
		}
	}
	return text
}

// clause is the part of a text that still belongs to the command before it.
func clause(text string) string {
	if end := strings.IndexAny(text, ",;:"); end >= 0 {
		return text[:end]
	}
	return text
}
