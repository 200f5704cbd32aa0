package commands

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tootfill/commands/manual"
)

// TestTroubleshooting holds the topic to what the program says: each kind of hint is in
// it, and all messages and hints that it quotes are the program's.
func TestTroubleshooting(t *testing.T) {
	text := troubleshootingText(t)
	for kind, sentence := range hintSentences {
		for _, clause := range regexp.MustCompile(`; |%s`).Split(sentence, -1) {
			if clause = strings.TrimSpace(clause); !strings.Contains(text, clause) {
				t.Errorf("tootfill help troubleshooting lacks %q, of the hint %s", clause, kind)
			}
		}
	}

	for _, hint := range fixedHints(t) {
		for _, clause := range regexp.MustCompile(`; |%[a-z]`).Split(hint, -1) {
			clause = strings.Trim(clause, " ,:-")
			if len(clause) > 12 && !strings.HasPrefix(clause, "DB_") && !strings.Contains(text, clause) {
				t.Errorf("tootfill help troubleshooting lacks the hint %q", clause)
			}
		}
	}

	said := saidByTheProgram(t)
	quotes := quotedWords(t)
	if len(quotes) < 100 {
		t.Errorf("only %d messages and hints were found in the topic", len(quotes))
	}
	for _, quote := range quotes {
		for _, piece := range regexp.MustCompile(`\.\.\.|; `).Split(quote, -1) {
			if piece = strings.Trim(piece, " ():;,"); !strings.Contains(said, piece) {
				t.Errorf("tootfill help troubleshooting quotes %q, but nothing says %q", quote, piece)
			}
		}
	}
}

// troubleshootingText is the topic in one line, as a terminal shows it.
func troubleshootingText(t *testing.T) string {
	t.Helper()
	for _, topic := range manual.Topics {
		if topic.Name == "troubleshooting" {
			return strings.Join(strings.Fields(manualOf(newApp(Env{})).Topic(topic, 80)), " ")
		}
	}
	t.Fatal("there is no topic troubleshooting")
	return ""
}

// quotedWords are the messages of the topic, which are bold, and the hints, which are
// in quotation marks.
func quotedWords(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("manual/topics/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`\`, "", ` "strict" `, ` 'strict' `).Replace(string(data))
	_, entries, _ := strings.Cut(text, "\n# ")
	var found []string
	for _, m := range regexp.MustCompile(`\*\*(.+?)\*\*|"(.+?)"`).FindAllStringSubmatch(entries, -1) {
		found = append(found, m[1]+m[2])
	}
	return found
}

// fixedHints are the words that the program's source hands to backfill.Say.
func fixedHints(t *testing.T) []string {
	t.Helper()
	var hints []string
	walkSource(t, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if !isCall || len(call.Args) != 1 || !isSay(call.Fun) {
			return true
		}
		ast.Inspect(call.Args[0], func(n ast.Node) bool {
			e, isExpr := n.(ast.Expr)
			if !isExpr {
				return true
			}
			text, isText := constantText(e)
			if isText {
				hints = append(hints, text)
			}
			return !isText
		})
		return false
	})
	if len(hints) < 50 {
		t.Errorf("only %d hints were found in the source", len(hints))
	}
	return hints
}

func isSay(called ast.Expr) bool {
	switch called := called.(type) {
	case *ast.Ident:
		return called.Name == "Say"
	case *ast.SelectorExpr:
		return called.Sel.Name == "Say"
	}
	return false
}

// saidByTheProgram are all texts in the program's source, each in a line of its own.
func saidByTheProgram(t *testing.T) string {
	t.Helper()
	var said strings.Builder
	walkSource(t, func(n ast.Node) bool {
		e, isExpr := n.(ast.Expr)
		if !isExpr {
			return true
		}
		text, isText := constantText(e)
		said.WriteString(text + "\n")
		return !isText
	})
	return strings.ReplaceAll(said.String(), `"strict"`, `'strict'`)
}

// walkSource visits the syntax of the program, without that of its tests.
func walkSource(t *testing.T, visit func(ast.Node) bool) {
	t.Helper()
	for _, root := range []string{".", "../backfill"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, visit)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// constantText is the text of a literal, or of several that are joined.
func constantText(e ast.Expr) (text string, isText bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, isLeft := constantText(e.X)
		right, isRight := constantText(e.Y)
		return left + right, isLeft && isRight
	}
	return "", false
}
