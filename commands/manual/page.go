package manual

import (
	"fmt"
	"strings"
)

// page is a text in Markdown.
type page struct{ strings.Builder }

func (p *page) heading(text string) { fmt.Fprintf(p, "# %s\n\n", strings.ToUpper(text)) }

// paragraph writes text that is Markdown already.
func (p *page) paragraph(text string) { fmt.Fprintf(p, "%s\n\n", strings.TrimSpace(text)) }

// literal writes lines that stay as they are.
func (p *page) literal(lines string) {
	for line := range strings.Lines(lines) {
		fmt.Fprintf(p, "    %s\n", strings.TrimSpace(line))
	}
	p.WriteString("\n")
}

// item writes an entry of a list that explains words. Both parts are Markdown.
func (p *page) item(word, explanation string) { fmt.Fprintf(p, "%s\n: %s\n\n", word, explanation) }

// special are the characters that mean something in Markdown.
var special = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `&`, `\&`, `~`, `\~`,
)

// plain makes Markdown of a text that is none.
func plain(text string) string { return special.Replace(text) }

func bold(text string) string { return "**" + plain(text) + "**" }
