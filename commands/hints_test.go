package commands

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"tootfill/backfill"
)

// Every kind of advice that the engine knows has a sentence, and every sentence has
// its kind.
func TestEveryHintHasASentence(t *testing.T) {
	kinds := hintKinds(t)
	for _, kind := range kinds {
		text := hintText(backfill.Hint{Kind: kind, About: "ABOUT"})
		if text == "" || strings.Contains(text, "%") {
			t.Errorf("%s: %q", kind, text)
		}
	}
	if len(kinds) != len(hintSentences) {
		t.Errorf("%d kinds, %d sentences", len(kinds), len(hintSentences))
	}
}

// hintKinds are the constants of type HintKind in package backfill.
func hintKinds(t *testing.T) []backfill.HintKind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../backfill/hint.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []backfill.HintKind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			kind, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, backfill.HintKind(kind))
		}
		return true
	})
	return kinds
}

func TestHintText(t *testing.T) {
	for want, hint := range map[string]backfill.Hint{
		"":                                   {},
		"100 %s of it":                       backfill.Say("100 %s of it"),
		"--boosts imports boosted posts too": {Kind: backfill.ImportBoosts},
		"it is a group that boosts what its members post: --boosts imports those posts": {Kind: backfill.ImportGroup},
		"--retry-left tries them again":                                                       {Kind: backfill.RetryLeft},
		"it is in Mastodon's .env.production: name that file with --env-file":                 {Kind: backfill.FindVariable},
		"follow it on %s.example first, or add --not-followed":                                {Kind: backfill.FollowFirst, About: "%s.example"},
		"GRANT SELECT (uri) ON tombstones TO tootfill; the README lists all GRANT statements": {Kind: backfill.Grant, About: "GRANT SELECT (uri) ON tombstones TO tootfill"},
	} {
		if got := hintText(hint); got != want {
			t.Errorf("%+v: %q, want %q", hint, got, want)
		}
	}
}
