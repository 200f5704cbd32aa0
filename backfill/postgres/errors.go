package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/home"
	"tootfill/backfill/pgerror"
)

// SchemaError: the database does not have the layout of Mastodon 4.3 to 4.7.
type SchemaError struct {
	Database string
	// Table and Column are what is missing; Column is empty if it is the table.
	// Both are empty if only the server's Message says what is.
	Table, Column string
	Message       string
}

func (e *SchemaError) Error() string {
	const versions = "Mastodon 4.3 to 4.7 is expected"
	switch {
	case e.Table == "":
		return fmt.Sprintf("the database %s lacks something (%s): %s", e.Database, e.Message, versions)
	case e.Column == "":
		return fmt.Sprintf("the database %s has no table %s: %s", e.Database, e.Table, versions)
	}
	return fmt.Sprintf("the database %s has no column %s.%s: %s", e.Database, e.Table, e.Column, versions)
}

// AccessError: the role may not read something.
type AccessError struct {
	User, Database string
	// Table and Column are empty if only the server's Message names them.
	Table, Column string
	Message       string
}

// Is says that it is home.ErrNoRight.
func (e *AccessError) Is(target error) bool { return target == home.ErrNoRight }

func (e *AccessError) Error() string {
	if e.Table == "" {
		return fmt.Sprintf("the role %s may not read all that is needed in the database %s (%s)", e.User, e.Database, e.Message)
	}
	return fmt.Sprintf("the role %s may not read %s.%s in the database %s", e.User, e.Table, e.Column, e.Database)
}

// LoginError: PostgreSQL answers but does not let us in.
type LoginError struct {
	// Place names the database and its server.
	Place   string
	User    string
	Message string
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("the %s does not let the role %s in: %s", e.Place, e.User, e.Message)
}

// maxShown is how many columns of a text are passed on.
const maxShown = 300

// connectError marks an error of the connection, not of the question.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }

func (e *connectError) Unwrap() error { return e.err }

// quiet is an error that shows only a text of ours.
type quiet struct {
	text string
	err  error
}

func (e *quiet) Error() string { return e.text }

func (e *quiet) Unwrap() error { return e.err }

// PostgreSQL's error codes (its manual, appendix A).
const (
	codeInvalidAuthorization  = "28000"
	codeInvalidPassword       = "28P01"
	codeNoDatabase            = "3D000"
	codeInsufficientPrivilege = "42501"
	codeUndefinedColumn       = "42703"
	codeUndefinedTable        = "42P01"
	codeLockNotAvailable      = "55P03"
	codeQueryCanceled         = "57014"
)

// explain turns the driver's errors into ones that say what to check. It does not
// pass on the driver's own text where that may hold too much.
func (d *Database) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *pgconn.PgError
	var lost *connectError
	isLost := errors.As(err, &lost)
	if errors.As(err, &refused) {
		if known := d.explainCode(refused, isLost); known != nil {
			return known
		}
	}
	if !isLost {
		return err
	}
	return &backfill.Hinted{
		Err:  &backfill.UnavailableError{Server: "the " + d.options.String(), Err: &quiet{text: pgerror.Cause(err), err: err}},
		Hint: backfill.Say("is PostgreSQL up? see " + d.options.variables("DB_HOST, DB_PORT and DB_SSLMODE")),
	}
}

// explainCode explains the errors that somebody can do something about. connecting
// says that no transaction had begun; then some codes mean something else.
func (d *Database) explainCode(e *pgconn.PgError, connecting bool) error {
	o, message := d.options, show(e.Message)
	switch e.Code {
	case codeInvalidPassword, codeInvalidAuthorization:
		return &backfill.Hinted{Err: &LoginError{Place: o.String(), User: show(o.User), Message: message},
			Hint: backfill.Say("see " + o.variables("DB_USER and DB_PASS") + "; without a password, over a socket, tootfill has to run as Mastodon's own user")}
	case codeNoDatabase:
		return &backfill.Hinted{Err: &LoginError{Place: o.String(), User: show(o.User), Message: message},
			Hint: backfill.Say("see " + o.variables("DB_NAME"))}
	case codeUndefinedTable, codeUndefinedColumn:
		return d.schemaError("", "", message)
	case codeInsufficientPrivilege:
		if connecting { // no right to connect to this database
			return &backfill.Hinted{Err: &LoginError{Place: o.String(), User: show(o.User), Message: message},
				Hint: backfill.Say("GRANT CONNECT ON DATABASE, or see " + o.variables("DB_NAME and DB_USER"))}
		}
		return d.accessError("", nil, message)
	case codeQueryCanceled, codeLockNotAvailable:
		// The run waits for it, as it does for a server that is away.
		busy := &backfill.UnavailableError{Server: "the " + o.String(), Err: fmt.Errorf("it is too busy (%s)", message)}
		return &backfill.Hinted{Err: busy,
			Hint: backfill.Say("is Mastodon being upgraded? the same command resumes later")}
	}
	return nil
}

func (d *Database) schemaError(table, column, message string) error {
	return &backfill.Hinted{
		Err:  &SchemaError{Database: show(d.options.Name), Table: table, Column: column, Message: message},
		Hint: backfill.Say("is it Mastodon's own database, and has the last upgrade run its migrations? see " + d.options.variables("DB_NAME")),
	}
}

// accessError names the first of the columns, and all of them in the hint.
func (d *Database) accessError(table string, columns []string, message string) error {
	hint, column := backfill.Hint{Kind: backfill.GrantAll}, ""
	if table != "" {
		column = columns[0]
		hint = backfill.Hint{Kind: backfill.Grant, About: d.grant(table, columns)}
	}
	return &backfill.Hinted{
		Err:  &AccessError{User: show(d.options.User), Database: show(d.options.Name), Table: table, Column: column, Message: message},
		Hint: hint,
	}
}

// variables names the variables to check.
func (o Options) variables(parts string) string {
	if o.fromURL {
		return "DATABASE_URL"
	}
	return parts
}

// show makes a text fit for a message.
func show(s string) string { return cleantext.Line(s, maxShown) }
