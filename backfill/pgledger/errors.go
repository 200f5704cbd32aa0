package pgledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// PostgreSQL's error codes (its manual, appendix A).
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeNoRight       = "42501"
	codeNoTable       = "42P01"
	codeNoSchema      = "3F000"
)

// isDeadlock reports whether PostgreSQL has ended a transaction for the sake of others.
func isDeadlock(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == codeDeadlock || refused.Code == codeSerialization)
}

// Explain says what an error of the database means for a ledger; see [ledger.Database].
func (d *database) Explain(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case codeNoRight:
		return fmt.Errorf("the schema tootfill in the %s does not belong to the role: %w", d.options, err)
	case codeNoTable, codeNoSchema:
		return fmt.Errorf("the ledger in the %s lacks its tables: %w", d.options, err)
	}
	return err
}
