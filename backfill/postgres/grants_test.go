package postgres

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The README's role may read everything that is read, and nothing else.
func TestGrantsOfTheReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var granted, read []string
	for _, m := range regexp.MustCompile(`GRANT SELECT \((.*)\) ON (\w+) TO tootfill`).FindAllStringSubmatch(string(text), -1) {
		for _, column := range strings.Split(m[1], ", ") {
			granted = append(granted, m[2]+"."+column)
		}
	}
	tables, columns := everything()
	for at := range tables {
		read = append(read, tables[at]+"."+columns[at])
	}
	slices.Sort(granted)
	slices.Sort(read)
	if !slices.Equal(granted, read) {
		t.Errorf("the README grants %q\nread are %q", granted, read)
	}
}

// testRights takes rights away from a role.
func testRights(t *testing.T, i *installation) {
	url := i.database(t)
	rights := func(user string) (Rights, error) {
		o := optionsFor(t, url)
		o.User = user
		d, err := Unchecked(o)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		return d.Rights(t.Context())
	}
	i.run(t, url, "CREATE ROLE partly LOGIN; GRANT USAGE ON SCHEMA public TO partly; GRANT SELECT ON ALL TABLES IN SCHEMA public TO partly")
	if r, err := rights("partly"); err != nil || len(r.Missing) > 0 || !r.Key {
		t.Errorf("everything: %+v, %v", r, err)
	}
	i.run(t, url, `REVOKE SELECT ON lists, statuses, accounts FROM partly; GRANT SELECT (uri, deleted_at) ON statuses TO partly;
		GRANT SELECT (id, username, domain, uri, url, display_name, note, moved_to_account_id, suspended_at, silenced_at) ON accounts TO partly`)
	r, err := rights("partly")
	want := []string{"GRANT SELECT (account_id, visibility, reblog_of_id, id) ON statuses TO partly", "GRANT SELECT (id, account_id, title) ON lists TO partly"}
	if err != nil || !slices.Equal(r.Missing, want) || r.Key {
		t.Errorf("something: %+v, %v", r, err)
	}
	i.run(t, url, "REVOKE USAGE ON SCHEMA public FROM PUBLIC, partly")
	if r, err := rights("partly"); err != nil || !slices.Equal(r.Missing, []string{"GRANT USAGE ON SCHEMA public TO partly"}) {
		t.Errorf("not even the schema: %+v, %v", r, err)
	}
	i.run(t, url, "GRANT USAGE ON SCHEMA public TO partly; DROP TABLE tombstones")
	var gone *SchemaError
	if _, err := rights("partly"); !errors.As(err, &gone) || gone.Table != "tombstones" {
		t.Errorf("another database: %v", err)
	}
	var login *LoginError
	if _, err := rights("nobody"); !errors.As(err, &login) {
		t.Errorf("no such role: %v", err)
	}
}
