package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Table is a table as its database describes it.
type Table struct {
	Name    string
	Columns []Column
	// Key are the columns of the primary key in their order.
	Key []string
	// RefersTo are the tables of which its rows name rows.
	RefersTo []string
}

// Column is a column of a table.
type Column struct {
	Name string
	// Boolean says that it holds truth values, which not every database tells from
	// numbers.
	Boolean bool
}

// ScanTables reads tables from rows with a table's name, a column's, whether that holds
// truth values, its place in the primary key (negative if it is not part of that), and
// the names of the tables to which the table refers, with spaces between them. The rows
// of a table come together.
func ScanTables(rows *sql.Rows) ([]Table, error) {
	defer rows.Close() //nolint:errcheck // Err tells
	var all []Table
	var key map[int]string
	for rows.Next() {
		var name, refersTo string
		var c Column
		var place int
		if err := rows.Scan(&name, &c.Name, &c.Boolean, &place, &refersTo); err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, Table{Name: name, RefersTo: strings.Fields(refersTo)})
			key = make(map[int]string)
		}
		t := &all[len(all)-1]
		t.Columns = append(t.Columns, c)
		if place >= 0 {
			key[place] = c.Name
			t.Key = t.Key[:0]
			for _, at := range slices.Sorted(maps.Keys(key)) {
				t.Key = append(t.Key, key[at])
			}
		}
	}
	return all, rows.Err()
}

// ofProcesses are the tables about processes, their leases and paces, which belong to the
// place where those work, and so are not copied.
var ofProcesses = []string{"owners", "claims", "paces", copyMark}

// copyMark is a table that only a copy has, and only until it is finished.
const copyMark = "unfinished_copy"

// tablesToCopy are the tables of a ledger that is copied, in an order in which no row
// comes before one that it names. Both databases must have the same of them.
func tablesToCopy(ctx context.Context, from, to Copyable) ([]Table, error) {
	theirs, err := copiedTables(ctx, from)
	if err != nil {
		return nil, err
	}
	ours, err := copiedTables(ctx, to)
	if err != nil {
		return nil, err
	}
	for _, t := range ours {
		if i := slices.IndexFunc(theirs, t.isNamed); i < 0 || !t.matches(theirs[i]) {
			return nil, fmt.Errorf("%w: the table %s", ErrOtherTables, t.Name)
		}
	}
	for _, t := range theirs {
		if !slices.ContainsFunc(ours, t.isNamed) {
			return nil, fmt.Errorf("%w: the table %s", ErrOtherTables, t.Name)
		}
	}
	return inOrder(ours), nil
}

func copiedTables(ctx context.Context, d Copyable) ([]Table, error) {
	all, err := d.Tables(ctx)
	return slices.DeleteFunc(all, func(t Table) bool { return slices.Contains(ofProcesses, t.Name) }), err
}

func (t Table) isNamed(other Table) bool { return t.Name == other.Name }

// matches reports whether another table can hold the same rows.
func (t Table) matches(other Table) bool {
	return slices.Equal(slices.Sorted(slices.Values(t.names())), slices.Sorted(slices.Values(other.names()))) &&
		len(t.Key) > 0 && slices.Equal(t.Key, other.Key)
}

// names are those of the columns.
func (t Table) names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// inOrder puts tables after those to which they refer.
func inOrder(tables []Table) []Table {
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	var ordered []Table
	for len(tables) > 0 {
		i := slices.IndexFunc(tables, func(t Table) bool {
			return !slices.ContainsFunc(tables, func(other Table) bool {
				return other.Name != t.Name && slices.Contains(t.RefersTo, other.Name)
			})
		})
		i = max(i, 0) // tables that refer to each other come in any order
		ordered = append(ordered, tables[i])
		tables = slices.Delete(tables, i, i+1)
	}
	return ordered
}

// keyPlaces are the places of the key's columns.
func (t Table) keyPlaces() []int {
	places := make([]int, len(t.Key))
	for i, name := range t.Key {
		places[i] = slices.Index(t.names(), name)
	}
	return places
}

// page is the query for rows in the order of the key. Those of a later page come after
// the key that its parameters name; the last parameter is how many.
func (t Table) page(first bool) string {
	key := strings.Join(t.Key, ", ")
	after := ""
	if !first {
		after = " WHERE (" + key + ") > (" + parameters(len(t.Key)) + ")"
	}
	return "SELECT " + strings.Join(t.names(), ", ") + " FROM " + t.Name + after + " ORDER BY " + key + " LIMIT ?"
}

// lastKey is the query for the last key.
func (t Table) lastKey() string {
	return "SELECT " + strings.Join(t.Key, ", ") + " FROM " + t.Name + " ORDER BY " + strings.Join(t.Key, " DESC, ") + " DESC LIMIT 1"
}

// insert is the statement that adds rows. They keep their numbers.
func (t Table) insert(rows int) string {
	row := "(" + parameters(len(t.Columns)) + ")"
	return "INSERT INTO " + t.Name + " (" + strings.Join(t.names(), ", ") + ") /* OVERRIDING SYSTEM VALUE */ VALUES " +
		strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}

func parameters(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
