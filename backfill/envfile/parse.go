package envfile

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// File is the content of a settings file.
type File struct {
	// Path is the file that was read.
	Path string
	// Skipped are the numbers of the lines that dotenv ignores.
	Skipped []int

	values map[string]string
	faults map[string]fault
}

// fault says why the value of a name is not known.
type fault struct {
	line   int
	reason string
}

// The reasons. A value is never shown: the file is full of secrets.
const (
	isCommand = "takes the output of a command, which tootfill does not run"
	isUnset   = "exports a name that has no value"
	isBinary  = "holds a zero byte"
)

// line is the regular expression with which Ruby's dotenv 3.2 finds settings
// (lib/dotenv/parser.rb). Text that it does not match is skipped, and an open quote
// is part of the value. Among several matches Go chooses the same one as Ruby; but
// Go's \s lacks the vertical tab.
var line = regexp.MustCompile(`(?m)^[\s\v]*(export[\s\v]+)?([\w.]+)` +
	`(?:(?:[\s\v]*=[\s\v]*?|:[\s\v]+?)([\s\v]*'(?:\\'|[^'])*'|[\s\v]*"(?:\\"|[^"])*"|[^#\n]+)?)?` +
	`[\s\v]*(?:#.*)?$`)

// The groups of line, as indexes into a match.
const (
	exported = 2 * (iota + 1)
	named
	valued
)

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// parse reads text as dotenv does. getenv is the real environment, whose values
// dotenv never changes.
func parse(text string, getenv func(string) string) *File {
	p := &parser{
		text:   lineBreaks.Replace(strings.TrimPrefix(text, "\ufeff")),
		getenv: getenv,
		file:   &File{values: make(map[string]string), faults: make(map[string]fault)},
	}
	read := 0
	for _, m := range line.FindAllStringSubmatchIndex(p.text, -1) {
		p.skip(p.text[read:m[0]])
		p.take(m)
		p.lines += strings.Count(p.text[m[0]:m[1]], "\n")
		read = m[1]
	}
	p.skip(p.text[read:])
	return p.file
}

type parser struct {
	text   string
	getenv func(string) string
	file   *File
	lines  int // before the place that was reached
}

// skip notes the lines between two settings.
func (p *parser) skip(between string) {
	for i, l := range strings.Split(between, "\n") {
		if i > 0 {
			p.lines++
		}
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			p.file.Skipped = append(p.file.Skipped, p.lines+1)
		}
	}
}

// take records one setting.
func (p *parser) take(m []int) {
	name := p.text[m[named]:m[named+1]]
	at := 1 + p.lines + strings.Count(p.text[m[0]:m[named]], "\n")
	if m[valued] < 0 {
		if m[exported] >= 0 && !p.known(name) {
			p.file.faults[name] = fault{at, isUnset}
			return
		}
		if m[exported] < 0 {
			p.set(name, "")
		}
		return
	}
	value, reason := p.value(p.text[m[valued]:m[valued+1]])
	if reason != "" {
		delete(p.file.values, name)
		p.file.faults[name] = fault{at, reason}
		return
	}
	p.set(name, value)
}

func (p *parser) known(name string) bool {
	_, here := p.file.values[name]
	_, faulty := p.file.faults[name]
	return here || faulty || p.getenv(name) != ""
}

func (p *parser) set(name, value string) {
	p.file.values[name] = value
	delete(p.file.faults, name)
}

// value returns the text after the = without its quotes, escapes and references,
// or the reason why it cannot be determined.
func (p *parser) value(text string) (value, reason string) {
	value = strings.Trim(text, " \t\n\v\f\r\x00")
	if strings.ContainsRune(value, 0) {
		return "", isBinary
	}
	quote := byte(0)
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		quote, value = value[0], value[1:n-1]
	}
	if quote == '\'' {
		return value, ""
	}
	if quote == '"' {
		value = p.lineBreaksOf(value)
	}
	value, runs := withoutCommands(unescape(value))
	if runs {
		return "", isCommand
	}
	return p.withVariables(value)
}

// lineBreaksOf keeps \n and \r between double quotes as they are written; before
// dotenv 3, and since then in its legacy mode, they stand for line breaks.
func (p *parser) lineBreaksOf(value string) string {
	if p.variable("DOTENV_LINEBREAK_MODE") == "legacy" {
		return strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(value)
	}
	return strings.NewReplacer(`\n`, `\\n`, `\r`, `\\r`).Replace(value)
}

// unescape removes the backslash before every character but a $.
func unescape(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) && value[i+1] != '$' {
			i++
			_, size := utf8.DecodeRuneInString(value[i:])
			out.WriteString(value[i : i+size])
			i += size - 1
			continue
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

// withoutCommands removes the backslash before every $(...), and reports whether
// there is one without a backslash: a command to be run.
func withoutCommands(value string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(value); {
		start := i
		if value[i] == '\\' {
			i++
		}
		end := commandEnd(value[i:])
		switch {
		case end == 0:
			i = start + 1
			out.WriteByte(value[start])
		case i == start:
			return "", true
		default:
			out.WriteString(value[i : i+end])
			i += end
		}
	}
	return out.String(), false
}

// commandEnd returns the length of the $(...) at the beginning of a text; 0 if
// there is none. Inside, parentheses come in pairs that are not empty.
func commandEnd(s string) int {
	if !strings.HasPrefix(s, "$(") {
		return 0
	}
	depth := 0
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if s[i-1] == '(' {
				return 0
			}
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// reference is what dotenv treats as a reference to another setting
// (lib/dotenv/substitutions/variable.rb), unless a parenthesis follows.
var reference = regexp.MustCompile(`(?i)(\\)?\$(\()?(?:\{?([A-Z0-9_]+)?\}?)`)

// withVariables replaces $NAME and ${NAME} by their values.
func (p *parser) withVariables(value string) (filled, reason string) {
	filled = reference.ReplaceAllStringFunc(value, func(text string) string {
		m := reference.FindStringSubmatch(text)
		switch {
		case m[2] != "":
			return text
		case m[1] != "":
			return text[1:]
		case m[3] == "":
			return text
		}
		if f, faulty := p.file.faults[m[3]]; faulty && p.getenv(m[3]) == "" {
			reason = f.reason
		}
		return p.variable(m[3])
	})
	return filled, reason
}

// variable returns the value of a name as far as it is known at this point.
func (p *parser) variable(name string) string {
	if value := p.getenv(name); value != "" {
		return value
	}
	return p.file.values[name]
}
