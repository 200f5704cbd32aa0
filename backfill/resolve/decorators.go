package resolve

import (
	"context"
	"errors"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// errWouldImport is the answer of a dry run.
var errWouldImport = errors.New("would import")

type dryImporter struct{}

func (dryImporter) Import(context.Context, string) (string, error) { return "", errWouldImport }

// patientHeld waits out short outages of home.
type patientHeld struct {
	HeldPosts
	p *backfill.Patience
}

func (h patientHeld) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	return backfill.Asked(ctx, h.p, func() (backfill.HeldPage, error) { return h.HeldPosts.Held(ctx, a, newest, cursor) })
}

// patientImporter waits for a home that cannot be reached. Any other error may be
// about the post or its origin.
type patientImporter struct {
	Importer
	p *backfill.Patience
}

func (i patientImporter) Import(ctx context.Context, uri string) (id string, err error) {
	err = i.p.AskWhileUnreached(ctx, func() (err error) {
		id, err = i.Importer.Import(ctx, uri)
		return err
	})
	return id, err
}
