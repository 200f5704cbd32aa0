package recorded

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Column is a column of Mastodon's database.
type Column struct {
	Table, Name, Type string
	Nullable          bool
	Default           string
}

// Columns returns the columns of the tables that matter to tootfill.
func Columns(t testing.TB, version string) []Column {
	t.Helper()
	var all []Column
	for _, r := range table(t, version+"/database-columns.tsv", 5) {
		all = append(all, Column{Table: r[0], Name: r[1], Type: r[2], Nullable: r[3] == "YES", Default: r[4]})
	}
	return all
}

// Schema returns the statements that create these tables, with their indexes. A
// time that Mastodon always writes defaults to now, so that a test need not name
// every column. References to other tables are not recorded.
func Schema(t testing.TB, version string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("CREATE SEQUENCE timestamp_ids;\n" +
		"CREATE FUNCTION timestamp_id(text) RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('timestamp_ids') $$;\n")
	var tables []string
	columns := map[string][]string{}
	for _, c := range Columns(t, version) {
		if !slices.Contains(tables, c.Table) {
			tables = append(tables, c.Table)
		}
		if name := sequence.FindStringSubmatch(c.Default); name != nil {
			fmt.Fprintf(&b, "CREATE SEQUENCE %s;\n", name[1])
		}
		columns[c.Table] = append(columns[c.Table], c.definition())
	}
	for _, name := range tables {
		fmt.Fprintf(&b, "CREATE TABLE %s (\n\t%s\n);\n", name, strings.Join(columns[name], ",\n\t"))
	}
	for _, r := range table(t, version+"/database-indexes.tsv", 3) {
		b.WriteString(r[2] + ";\n")
	}
	return b.String()
}

var sequence = regexp.MustCompile(`^nextval\('(\w+)'::regclass\)$`)

// definition returns the column as CREATE TABLE defines it.
func (c Column) definition() string {
	kind := c.Type
	if kind == "ARRAY" { // the recording does not say of what
		kind = "character varying[]"
	}
	text := c.Name + " " + kind
	if !c.Nullable {
		text += " NOT NULL"
	}
	switch {
	case c.Default != "":
		text += " DEFAULT " + c.Default
	case !c.Nullable && strings.HasPrefix(c.Type, "timestamp"):
		text += " DEFAULT now()"
	}
	return text
}

// table reads lines of tab-separated texts.
func table(t testing.TB, name string, fields int) [][]string {
	t.Helper()
	f, err := os.Open(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, fields
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows
}
