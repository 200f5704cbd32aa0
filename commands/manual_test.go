package commands

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tootfill/commands/manual"
)

// To accept what the help says now: go test ./commands -run TestManual -update
var update = flag.Bool("update", false, "write the golden files anew")

const goldenDir = "../testdata/golden"

// TestManual compares all that the program says of itself with the golden files: the
// help at 80 and 40 columns, and the man pages.
func TestManual(t *testing.T) {
	m := manualOf(newApp(Env{}))
	golden(t, "welcome.txt", m.Welcome(80))
	golden(t, "help.txt", m.Help(80))
	for _, c := range m.Leaves() {
		name := "help-" + strings.ReplaceAll(strings.TrimPrefix(c.HelpName, "tootfill "), " ", "-")
		golden(t, name+".txt", m.CommandHelp(c, 80))
		golden(t, name+"-40.txt", m.CommandHelp(c, 40))
	}
	for _, topic := range manual.Topics {
		golden(t, "topic-"+topic.Name+".txt", m.Topic(topic, 80))
	}
	for _, p := range m.ManPages(manual.Edition{Version: "v1.2.3", Date: "2026-11-28"}) {
		golden(t, p.Name, string(p.Roff))
	}
}

// golden compares a text with a file in testdata/golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(goldenDir, name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if it should, add -update\n%s", name, got)
	}
}

// TestEveryCommandIsExplained checks that each command says what it does, with
// examples, and each of its flags.
func TestEveryCommandIsExplained(t *testing.T) {
	for _, c := range manualOf(newApp(Env{})).Leaves() {
		if c.Usage == "" || c.Description == "" || c.UsageText == "" {
			t.Errorf("%s lacks a usage, a description or examples", c.HelpName)
		}
		for example := range strings.Lines(c.UsageText) {
			if !strings.Contains(example, "tootfill ") {
				t.Errorf("%s: the example %q does not run tootfill", c.HelpName, example)
			}
		}
		for _, f := range c.Flags {
			if !strings.Contains(manual.Manual{}.CommandHelp(c, 80), "--"+f.Names()[0]) {
				t.Errorf("%s: the help lacks --%s", c.HelpName, f.Names()[0])
			}
		}
	}
}

// TestExamplesFit checks that no example is wrapped in 80 columns: it could not be
// copied.
func TestExamplesFit(t *testing.T) {
	const indentation = 3
	examples := programExamples
	for _, c := range manualOf(newApp(Env{})).Leaves() {
		examples += "\n" + c.UsageText
	}
	for example := range strings.SplitSeq(examples, "\n") {
		if example != strings.TrimSpace(example) || indentation+len(example) > 80 {
			t.Errorf("%q is indented, or wider than 80 columns", example)
		}
	}
}

// TestManPagesAreClean has mandoc read the pages.
func TestManPagesAreClean(t *testing.T) {
	lint := needProgram(t, "mandoc")
	dir := t.TempDir()
	args := []string{"-T", "lint", "-W", "warning"}
	for _, p := range manualOf(newApp(Env{})).ManPages(manual.Edition{Version: "v1.2.3", Date: "2026-11-28"}) {
		path := filepath.Join(dir, p.Name)
		if err := os.WriteFile(path, p.Roff, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.Command(lint, args...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// needProgram finds a program that only some tests need. In CI it has to be there.
func needProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

// TestJSONIsExplained holds the topic json against the code: the same lines, with the
// same fields.
func TestJSONIsExplained(t *testing.T) {
	explained := explainedLines(t)
	written := writtenLines(t)
	for name, fields := range written {
		if !reflect.DeepEqual(fields, explained[name]) {
			t.Errorf("%s has the fields %q, and the topic json explains %q", name, fields, explained[name])
		}
		delete(explained, name)
	}
	for name := range explained {
		t.Errorf("the topic json explains %s, which nothing writes", name)
	}
	if len(written) < 10 {
		t.Errorf("only %d kinds of lines were found in the code", len(written))
	}
}

var (
	lineHeading = regexp.MustCompile(`^## ([a-z_]+): `)
	boldWord    = regexp.MustCompile(`\*\*([a-z_]+)\*\*`)
)

// explainedLines are the fields of each type of line, as the topic explains them.
func explainedLines(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("manual/topics/json.md")
	if err != nil {
		t.Fatal(err)
	}
	found, name := map[string][]string{}, ""
	for line := range strings.Lines(string(data)) {
		switch m := lineHeading.FindStringSubmatch(line); {
		case m != nil:
			name = m[1]
		case strings.HasPrefix(line, "# "):
			name = ""
		case name != "" && strings.HasPrefix(line, "**"):
			for _, w := range boldWord.FindAllStringSubmatch(line, -1) {
				found[name] = append(found[name], w[1])
			}
		}
	}
	for _, fields := range found {
		slices.Sort(fields)
	}
	return found
}

// writtenLines are the fields of each type of line, as package report writes them: it
// has a struct for each, and sets the field Type of it to a constant.
func writtenLines(t *testing.T) map[string][]string {
	t.Helper()
	fields, types := map[string][]string{}, map[string]string{}
	names, err := filepath.Glob("report/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					fields[n.Name.Name] = jsonFields(s)
				}
			case *ast.CompositeLit:
				if of, ok := n.Type.(*ast.Ident); ok {
					if kind := kindOf(n); kind != "" {
						types[kind] = of.Name
					}
				}
			}
			return true
		})
	}
	lines := map[string][]string{}
	for kind, of := range types {
		lines[kind] = flattened(fields, of)
	}
	lines["reply"] = lines["post"] // showReply changes the type of a post's line
	return lines
}

// flattened are the fields of a struct, with those of the structs embedded in it.
func flattened(fields map[string][]string, of string) []string {
	var all []string
	for _, name := range fields[of] {
		if embedded, is := strings.CutPrefix(name, embedding); is {
			all = append(all, flattened(fields, embedded)...)
		} else {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// embedding stands before the name of a type that is embedded.
const embedding = "embeds "

// jsonFields are the names of a struct's fields in JSON, without the type.
func jsonFields(s *ast.StructType) []string {
	var names []string
	for _, f := range s.Fields.List {
		if of, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 && f.Tag == nil {
			names = append(names, embedding+of.Name)
		}
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if name != "" && name != "type" {
			names = append(names, name)
		}
	}
	return names
}

// kindOf is the constant that a literal gives its field Type.
func kindOf(literal *ast.CompositeLit) string {
	for _, e := range literal.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, isName := pair.Key.(*ast.Ident)
		value, isConstant := pair.Value.(*ast.BasicLit)
		if isName && isConstant && key.Name == "Type" {
			kind, _ := strconv.Unquote(value.Value)
			return kind
		}
	}
	return ""
}

// TestEnvironmentIsExplained checks that the topic environment names every variable of
// tootfill that the code reads, and no other.
func TestEnvironmentIsExplained(t *testing.T) {
	read := map[string]bool{}
	variable := regexp.MustCompile(`"(TOOTFILL_[A-Z_]+|BACKFILL_ENABLED|CREDENTIALS_DIRECTORY|STATE_DIRECTORY|XDG_[A-Z]+_HOME|NO_COLOR|LC_ALL)"`)
	for _, file := range goFiles(t, "..") {
		code, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range variable.FindAllStringSubmatch(string(code), -1) {
			read[m[1]] = true
		}
	}
	data, err := os.ReadFile("manual/topics/environment.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range read {
		if !strings.Contains(string(data), name) {
			t.Errorf("the topic environment lacks %s", name)
		}
	}
	for _, name := range regexp.MustCompile(`TOOTFILL_[A-Z_]+`).FindAllString(string(data), -1) {
		if !read[name] {
			t.Errorf("the topic environment names %s, which nothing reads", name)
		}
	}
	if len(read) < 12 {
		t.Errorf("only %d variables were found in the code", len(read))
	}
}
