package postgres

import (
	"errors"
	"testing"

	"tootfill/backfill"
)

func testAllowed(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, `INSERT INTO domain_allows (domain) VALUES ('photos.example'), ('xn--bcher-kva.example')`)
	i.run(t, url, file(t, "grants.sql"))
	o := optionsFor(t, url)
	o.User = "tootfill"
	d := open(t, o)
	for domain, want := range map[string]bool{
		"photos.example": true, "PHOTOS.example ": true, "xn--bcher-kva.example": true,
		"a.photos.example": false, "example": false, "otherphotos.example": false, "": false, "\x00": false, "%": false,
	} {
		if got, err := d.DomainAllowed(t.Context(), domain); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", domain, got, err, want)
		}
	}
	i.run(t, url, "REVOKE SELECT (domain) ON domain_allows FROM tootfill")
	_, err := open(t, o).DomainAllowed(t.Context(), "photos.example")
	wantGrant(t, err, "GRANT SELECT (domain) ON domain_allows TO tootfill")
	i.run(t, url, "DROP OWNED BY tootfill; DROP ROLE tootfill")
}

func hintOf(err error) backfill.Hint {
	var hinted *backfill.Hinted
	if errors.As(err, &hinted) {
		return hinted.Hint
	}
	return backfill.Hint{}
}
