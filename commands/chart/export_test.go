package chart

import "testing"

// Tables opens a page in a browser, and returns what it says of each account: a row for
// each month, "no date" and "total", with the counts as they stand in the cells.
func Tables(t *testing.T, page string) (tables map[string][][]string) {
	t.Helper()
	b := startBrowser(t)
	b.open(page)
	b.run(`return Object.fromEntries([...document.querySelectorAll("article")].map(a =>
[a.id, [...a.querySelectorAll("tbody tr, tfoot tr")].map(r => [...r.children].map(c => c.textContent.trim()))]))`, &tables)
	b.checkQuiet()
	return tables
}
