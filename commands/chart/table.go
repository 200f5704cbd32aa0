package chart

import (
	"strconv"
	"strings"

	"tootfill/backfill/coverage"
)

// table holds the numbers. Months without posts are left out, and so are the end tags
// that HTML does not need and the zeros at the end of a row: a page may hold thousands of
// tables.
func (m markup) table(c coverage.Coverage) {
	m.raw(`<details><summary>Numbers</summary><table><thead>`, headRow("Month", ""), "<tbody>\n")
	for _, month := range c.Months {
		if month.Sum() > 0 {
			m.raw(`<tr><th>`, monthText(month), firstCells(month.Counts), "\n")
		}
	}
	if c.Undated.Sum() > 0 {
		m.raw(`<tr><th>no date`, cells(c.Undated), "\n")
	}
	m.raw(`<tfoot><tr><th>total`, cells(c.Total()), "</table></details>\n")
}

// headRow is a table's first row. In a table without row headers that have a scope, the
// headers in its thead need none.
func headRow(first, scope string) string {
	row := `<tr><th` + scope + `>` + first
	for _, k := range kinds {
		row += `<th` + scope + `>` + k.name
	}
	return row
}

// firstCells are the cells of a month up to the last one that is not 0.
func firstCells(c coverage.Counts) string {
	row := cells(c)
	for strings.HasSuffix(row, "<td>0") {
		row = strings.TrimSuffix(row, "<td>0")
	}
	return row
}

func cells(c coverage.Counts) string {
	row := ""
	for _, k := range kinds {
		row += `<td>` + strconv.Itoa(k.of(c))
	}
	return row
}
