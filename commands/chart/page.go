package chart

import (
	"bufio"
	"cmp"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/coverage"
)

const pageStyle = `:root{color-scheme:light dark}body{margin:0 auto;max-width:76rem;padding:1rem;background:#fff;color:#1b1f23;font:16px/1.45 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}p{margin:.3rem 0}a{color:#0a58a8}
main{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));margin-top:1.5rem}
article{min-width:0;content-visibility:auto;contain-intrinsic-size:auto 15rem}article svg,header svg{display:block;width:100%;height:auto}header svg{max-width:36rem}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;list-style:none}.key svg{display:inline;width:.8rem;height:.8rem;margin-right:.4rem}
.note{font-size:.85rem;overflow-wrap:anywhere}table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}
th,td{padding:.1rem .45rem;text-align:right}th:first-child{text-align:left;overflow-wrap:anywhere}tr{border-bottom:1px solid #d0d5da}summary{cursor:pointer}
@media screen and (prefers-color-scheme:dark){body{background:#14171a;color:#e6e8eb}a{color:#7cc0ff}tr{border-color:#3a4148}}
@media print{article{break-inside:avoid;content-visibility:visible}body{max-width:none}}
`

// pageArea is where the bars of a drawing on the page are; the drawing is 400 by 140.
var pageArea = area{left: 40, top: 8, width: 356, height: 108}

// HTML writes a page that shows what home holds of accounts: all of them together, and
// each, those with the most importable posts first. at is when the page is made. The
// only errors are those of the writer.
func HTML(w io.Writer, all []coverage.Coverage, at time.Time) error {
	m := markup{bufio.NewWriter(w)}
	accounts := slices.Clone(all)
	slices.SortStableFunc(accounts, func(a, b coverage.Coverage) int {
		return cmp.Or(cmp.Compare(b.Total().Importable, a.Total().Importable), cmp.Compare(a.Account.String(), b.Account.String()))
	})
	m.raw(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Coverage of `, accountsText(len(accounts)), `</title>
<style>`, pageStyle, colours, `</style>
<svg width="0" height="0" style="position:absolute" aria-hidden="true">`, patterns, "</svg>\n")
	m.summary(accounts, at)
	m.raw("<main>\n")
	for _, c := range accounts {
		m.account(c)
	}
	m.raw("</main></html>\n")
	return m.Flush()
}

func accountsText(n int) string {
	if n == 1 {
		return "1 account"
	}
	return strconv.Itoa(n) + " accounts"
}

// summary shows all accounts together, and where each is.
func (m markup) summary(accounts []coverage.Coverage, at time.Time) {
	sum := together(accounts)
	m.raw(`<header><h1>Coverage of `, accountsText(len(accounts)), `</h1><p>Posts by month`)
	if len(accounts) > 0 {
		m.raw(` on `)
		m.text(cleantext.Line(accounts[0].Home, maxName))
	}
	m.raw(`, `, at.UTC().Format("2006-01-02 15:04"), " UTC</p>\n<ul class=\"key\" id=\"total\">")
	for _, k := range kinds {
		m.raw(`<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="`, k.class, `" width="12" height="12"/></svg>`, k.name, ` <b>`, strconv.Itoa(k.of(sum.Total())), "</b>")
	}
	m.raw("</ul>\n")
	if len(accounts) > 1 {
		m.drawing("All accounts", sum)
		m.index(accounts)
	}
	m.raw("</header>\n")
}

// index is a table of the accounts, each a link to its place on the page.
func (m markup) index(accounts []coverage.Coverage) {
	m.raw(`<details><summary>Find an account</summary><div class="wide"><table><thead>`, headRow("Account", ` scope="col"`), "<tbody>\n")
	for _, c := range accounts {
		name := nameOf(c.Account)
		m.raw(`<tr><th scope="row"><a href="#`)
		m.text(url.PathEscape(name))
		m.raw(`"><bdi>`)
		m.text(name)
		m.raw(`</bdi></a>`, cells(c.Total()), "\n")
	}
	m.raw("</table></div></details>\n")
}

// account shows one account.
func (m markup) account(c coverage.Coverage) {
	name := nameOf(c.Account)
	m.raw(`<article id="`)
	m.text(name)
	m.raw(`"><h2><bdi>`)
	m.text(name)
	m.raw(`</bdi></h2><p class="note">`, countsText(c.Total()), "</p>\n")
	m.drawing(name, c)
	m.raw(`<p class="note">`, readText(c), ` `, undatedText(c.Undated), "</p>\n")
	if len(c.Months) > 0 || c.Undated.Sum() > 0 {
		m.table(c)
	}
	m.raw("</article>\n")
}

// drawing draws the bars, if there are any. The text above it says how many posts they are.
func (m markup) drawing(name string, c coverage.Coverage) {
	if len(c.Months) == 0 {
		return
	}
	m.raw(`<svg viewBox="0 0 400 140" role="img"><title>`)
	m.text(name + ": posts by month")
	m.raw(`</title><desc>`, spanText(c.Months), `</desc>`)
	m.bars(c.Months, pageArea)
	m.raw("</svg>\n")
}
