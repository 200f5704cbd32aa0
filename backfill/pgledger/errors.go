package pgledger

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"tootfill/backfill"
)

// PostgreSQL's error codes (its manual, appendix A).
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeNoRight       = "42501"
	codeNoTable       = "42P01"
	codeNoSchema      = "3F000"
	codeBadParameter  = "22023"
	codeReadOnly      = "25006"
	codeIdleTooLong   = "25P03"
	// classConnection is that of errors of the connection. PgBouncer says so, too, if it
	// cannot reach the server (its source, lib/usual and src/objects.c: 08P01).
	classConnection = "08"
	// classOperator is that of a server that shuts down, starts or has crashed.
	classOperator = "57P"
)

// isDeadlock reports whether PostgreSQL has ended a transaction for the sake of others.
func isDeadlock(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == codeDeadlock || refused.Code == codeSerialization)
}

// isUnreached reports whether an error says that the database is away, or is not itself:
// a standby that takes its place is at first for reading only.
func isUnreached(err error) bool {
	var refused *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	var away *backfill.UnavailableError
	switch {
	case errors.As(err, &away):
		return true
	case errors.As(err, &refused):
		switch refused.Code {
		case codeReadOnly, codeIdleTooLong, codeTooManyConnections:
			return true
		}
		return strings.HasPrefix(refused.Code, classConnection) || strings.HasPrefix(refused.Code, classOperator)
	}
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// Explain says what an error of the database means for a ledger; see [ledger.Database].
func (d *database) Explain(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *pgconn.PgError
	var away *backfill.UnavailableError
	if errors.As(err, &away) || !errors.As(err, &refused) {
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
