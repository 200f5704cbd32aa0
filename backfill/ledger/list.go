package ledger

import (
	"database/sql"
	"encoding/json"
)

// list writes values as a list that json_each reads in a query. The values are
// numbers, texts, nil and lists of them, for which Marshal has no error.
func list[T any](values []T) string {
	if len(values) == 0 {
		return "[]" // nil would be null, which has one row
	}
	text, _ := json.Marshal(values)
	return string(text)
}

// column writes texts as such a list of rows with one text each.
func column(texts []string) string {
	rows := make([][1]string, len(texts))
	for i, text := range texts {
		rows[i][0] = text
	}
	return list(rows)
}

// nullable is n in such a list.
func nullable(n sql.NullInt64) any {
	if !n.Valid {
		return nil
	}
	return n.Int64
}

// number is how a truth value is compared in both dialects.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// halvesOf are URIs in such a list, cut as they are stored.
func halvesOf(uris []string) string {
	halves := make([][2]string, len(uris))
	for i, uri := range uris {
		halves[i][0], halves[i][1] = cutURI(uri)
	}
	return list(halves)
}
