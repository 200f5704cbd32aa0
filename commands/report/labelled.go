package report

import "strings"

// leastBeside is how many columns a text needs to stand beside its label.
const leastBeside = 20

// labelled are texts in a column beside their labels. A text that is too wide for
// that is wrapped in its column or, if that would be too narrow, below its label. 0
// columns mean any width.
func labelled(rows [][2]string, margin string, columns int) string {
	width := 0
	for _, row := range rows {
		width = max(width, columnsOf(row[0]))
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(labelledRow(margin+padRight(row[0], width)+columnGap, row, margin, columns) + "\n")
	}
	return b.String()
}

// labelledRow is a row that begins with start where there is room beside the label.
func labelledRow(start string, row [2]string, margin string, columns int) string {
	beside := columnsOf(start)
	room := columns - beside
	switch {
	case columns < leastColumns || columnsOf(row[1]) <= room:
		return start + row[1]
	case room >= leastBeside && widestWord(row[1]) <= room:
		return wrapWords(row[1], start, strings.Repeat(" ", beside), columns)
	}
	below := margin + hanging
	return margin + row[0] + "\n" + wrapWords(row[1], below, below, columns)
}

func widestWord(text string) int {
	widest := 0
	for word := range strings.SplitSeq(text, " ") {
		widest = max(widest, columnsOf(word))
	}
	return widest
}
