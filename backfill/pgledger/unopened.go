package pgledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/pgerror"
)

// More of PostgreSQL's error codes.
const (
	codeInvalidPassword      = "28P01"
	codeInvalidAuthorization = "28000"
	codeNoDatabase           = "3D000"
	codeTooManyConnections   = "53300"
	codeStarting             = "57P03"
	codeShuttingDown         = "57P01"
)

// maxShown is how many columns of a server's text are passed on.
const maxShown = 300

// unopened says why a ledger was not opened, and what can be done about it. The driver's
// own texts have several lines, and are left out.
func (d *database) unopened(ctx context.Context, err error) error {
	if errors.Is(err, ErrNone) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	place := "opening the ledger in the " + d.options.String()
	var known *backfill.Hinted
	if errors.As(err, &known) {
		return fmt.Errorf("%s: %w", place, err)
	}
	return &backfill.Hinted{Err: fmt.Errorf("%s: %w", place, &shortened{pgerror.Cause(err), err}), Hint: d.advice(err)}
}

// advice is what can be done about an error of the driver.
func (d *database) advice(err error) backfill.Hint {
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		return d.adviceFor(refused.Code)
	case pgerror.IsTLS(err):
		return backfill.Hint{Kind: backfill.DatabaseTLS}
	}
	return backfill.Hint{Kind: backfill.DatabaseServer}
}

func (d *database) adviceFor(code string) backfill.Hint {
	role, name := d.options.roleAndName()
	switch code {
	case codeInvalidPassword, codeInvalidAuthorization:
		return backfill.Hint{Kind: backfill.DatabaseLogin}
	case codeNoDatabase:
		return backfill.Hint{Kind: backfill.OwnDatabase, About: "CREATE DATABASE " + name + " OWNER " + role}
	case codeNoRight:
		return backfill.Hint{Kind: backfill.Grant, About: "GRANT CONNECT ON DATABASE " + name + " TO " + role}
	case codeTooManyConnections:
		return backfill.Say("a run needs up to four: raise max_connections, or put pgbouncer in between")
	case codeStarting, codeShuttingDown:
		return backfill.Say("the database server is starting or stopping: try again in a moment")
	}
	return backfill.Hint{Kind: backfill.DatabaseServer}
}

// roleAndName are the names of the role and of the database as SQL writes them.
func (o Options) roleAndName() (role, name string) {
	config, err := o.config()
	if err != nil {
		return "", ""
	}
	if name = config.Database; name == "" {
		name = config.User // as the server chooses
	}
	return pgx.Identifier{config.User}.Sanitize(), pgx.Identifier{name}.Sanitize()
}

// shortened is an error that shows only a text of ours.
type shortened struct {
	text string
	err  error
}

func (e *shortened) Error() string { return cleantext.Line(e.text, maxShown) }

func (e *shortened) Unwrap() error { return e.err }
