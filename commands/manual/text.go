package manual

import (
	"strings"
	"unicode/utf8"

	"github.com/russross/blackfriday/v2"
)

const (
	// leastColumns is the width below which a terminal may cut lines.
	leastColumns = 30
	// mostColumns is the width beyond which lines are hard to read.
	mostColumns = 100
	// sideBySide is the width from which words and their explanations stand side by
	// side, and wordColumns how much of it the words may take.
	sideBySide  = 60
	wordColumns = 28
	indent      = "   "
)

// text lays out Markdown for a terminal of so many columns. It breaks lines only
// between words.
func text(markdown string, columns int) string {
	l := layout{columns: max(leastColumns, min(columns, mostColumns))}
	parser := blackfriday.New(blackfriday.WithExtensions(blackfriday.NoIntraEmphasis | blackfriday.SpaceHeadings | blackfriday.DefinitionLists))
	l.blocks(parser.Parse([]byte(markdown)), "")
	return strings.TrimLeft(l.out.String(), "\n")
}

type layout struct {
	columns int
	out     strings.Builder
}

func (l *layout) blocks(parent *blackfriday.Node, margin string) {
	for n := parent.FirstChild; n != nil; n = n.Next {
		l.block(n, margin)
	}
}

func (l *layout) block(n *blackfriday.Node, margin string) {
	switch n.Type {
	case blackfriday.Heading:
		l.out.WriteString("\n")
		if n.Level > 1 {
			l.wrap(inline(n), margin, margin+indent)
			return
		}
		l.wrap(inline(n)+":", margin, margin+indent)
	case blackfriday.CodeBlock:
		l.gap(n)
		for line := range strings.Lines(string(n.Literal)) {
			l.wrap(strings.TrimRight(line, "\n"), margin+indent, margin+indent+indent)
		}
	case blackfriday.List:
		l.gap(n)
		l.list(n, margin)
	default:
		l.gap(n)
		l.wrap(inline(n), margin, margin)
	}
}

// gap leaves a line empty before a block, except under a heading.
func (l *layout) gap(n *blackfriday.Node) {
	if n.Prev != nil && n.Prev.Type != blackfriday.Heading {
		l.out.WriteString("\n")
	}
}

func (l *layout) list(list *blackfriday.Node, margin string) {
	if list.ListFlags&blackfriday.ListTypeDefinition != 0 {
		l.definitions(list, margin+indent)
		return
	}
	for item := list.FirstChild; item != nil; item = item.Next {
		l.wrap(inline(item), margin+indent+"- ", margin+indent+"  ")
	}
}

// definitions lays out words and their explanations: side by side, if there is room
// for most of them.
func (l *layout) definitions(list *blackfriday.Node, margin string) {
	widest, narrow, wide := 0, 0, 0
	for n := list.FirstChild; n != nil; n = n.Next {
		length := utf8.RuneCountInString(inline(n))
		switch {
		case !isWord(n):
		case length > wordColumns:
			wide++
		default:
			narrow++
			widest = max(widest, length)
		}
	}
	beside := 0
	if l.columns >= sideBySide && narrow > wide {
		beside = widest + 2
	}
	for n := list.FirstChild; n != nil; n = n.Next {
		if isWord(n) {
			l.definition(n, margin, beside)
		}
	}
}

// definition lays out one word and its explanation, which begins so many columns
// after the word's own beginning; 0 means in a line of its own.
func (l *layout) definition(n *blackfriday.Node, margin string, beside int) {
	word, explanation := inline(n), ""
	if n.Next != nil && !isWord(n.Next) {
		explanation = inline(n.Next)
	}
	hanging := margin + strings.Repeat(" ", beside)
	if beside == 0 {
		hanging = margin + indent
	}
	if room := beside - utf8.RuneCountInString(word); room >= 2 {
		l.wrap(explanation, margin+word+strings.Repeat(" ", room), hanging)
		return
	}
	l.wrap(word, margin, margin+indent)
	l.wrap(explanation, hanging, hanging)
}

func isWord(n *blackfriday.Node) bool { return n.ListFlags&blackfriday.ListTypeTerm != 0 }

// wrap writes text in lines, the first of which begins with first, and all others
// with rest.
func (l *layout) wrap(text, first, rest string) {
	line, empty := first, true
	for _, word := range strings.Fields(text) {
		switch {
		case empty:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= l.columns:
			line += " " + word
		default:
			l.out.WriteString(line + "\n")
			line = rest + word
		}
		empty = false
	}
	if !empty {
		l.out.WriteString(line + "\n")
	}
}

// inline is the text of a block without its marks.
func inline(block *blackfriday.Node) string {
	var b strings.Builder
	block.Walk(func(n *blackfriday.Node, entering bool) blackfriday.WalkStatus {
		if entering {
			b.Write(n.Literal)
		}
		return blackfriday.GoToNext
	})
	return strings.Join(strings.Fields(b.String()), " ")
}
