package chart

import (
	"strconv"

	"tootfill/backfill/coverage"
)

// table holds the numbers. Months without posts are left out, and so are the end tags
// that HTML does not need: a page may hold thousands of tables.
func (m markup) table(c coverage.Coverage) {
	m.raw(`<details><summary>Numbers</summary><table><thead>`, headRow("Month"), "<tbody>\n")
	for _, month := range c.Months {
		if month.Sum() > 0 {
			m.raw(`<tr><th>`, monthText(month), cells(month.Counts), "\n")
		}
	}
	if c.Undated.Sum() > 0 {
		m.raw(`<tr><th>no date`, cells(c.Undated), "\n")
	}
	m.raw(`<tfoot><tr><th>total`, cells(c.Total()), "</table></details>\n")
}

func headRow(first string) string {
	row := `<tr><th scope="col">` + first
	for _, k := range kinds {
		row += `<th scope="col">` + k.name
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
