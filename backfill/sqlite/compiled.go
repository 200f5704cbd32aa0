package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// compiled keeps the statements of a database compiled once they are used a second
// time: compiling them is a third of the work of recording a page, and most of the work
// of reading whether a server wants a pause. Their number is that of the texts in this
// package.
type compiled struct {
	mu sync.Mutex
	// ready are the statements by their text, and wanted the texts of others that were
	// used.
	ready  map[string]*sql.Stmt
	wanted map[string]bool
}

// prepare compiles what was used before. It needs a connection; that of the writer
// is free only outside of transactions.
func (c *compiled) prepare(ctx context.Context, db *sql.DB) error {
	for _, text := range c.takeWanted() {
		statement, err := db.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		if !c.add(text, statement) {
			if err := statement.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// add returns false if another caller has compiled the same text meanwhile.
func (c *compiled) add(text string, statement *sql.Stmt) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready[text] != nil {
		return false
	}
	c.ready[text] = statement
	return true
}

// takeWanted returns the texts that are wanted, each to one caller alone.
func (c *compiled) takeWanted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var texts []string
	for text := range c.wanted {
		texts = append(texts, text)
	}
	clear(c.wanted)
	return texts
}

// find returns the statement with a text, or nil if it is to be compiled.
func (c *compiled) find(text string) *sql.Stmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	statement := c.ready[text]
	if statement == nil {
		c.wanted[text] = true
	}
	return statement
}

func newCompiled() *compiled {
	return &compiled{ready: make(map[string]*sql.Stmt), wanted: make(map[string]bool)}
}

// transaction is a transaction of the writer with compiled statements.
type transaction struct {
	*sql.Tx
	file *file
}

// Now is the time of the machine; see [ledger.Reader].
func (t transaction) Now() time.Time { return t.file.Now() }

// ExecContext is that of [sql.Tx].
func (t transaction) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if s := t.file.compiled.find(text); s != nil {
		return t.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, text, args...)
}

// QueryContext is that of [sql.Tx].
func (t transaction) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if s := t.file.compiled.find(text); s != nil {
		return t.StmtContext(ctx, s).QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, text, args...)
}

// QueryRowContext is that of [sql.Tx].
func (t transaction) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if s := t.file.compiled.find(text); s != nil {
		return t.StmtContext(ctx, s).QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, text, args...)
}

// reader is a database that is only read, with compiled statements.
type reader struct {
	*sql.DB
	// compiled is nil where connections do not last.
	compiled *compiled
}

// statement returns the statement with a text; nil if it is to be compiled.
func (r reader) statement(ctx context.Context, text string) *sql.Stmt {
	if r.compiled == nil || r.compiled.prepare(ctx, r.DB) != nil {
		return nil // what is wrong shows when the text is compiled
	}
	return r.compiled.find(text)
}

// QueryContext is that of [sql.DB].
func (r reader) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if s := r.statement(ctx, text); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, text, args...)
}

// QueryRowContext is that of [sql.DB].
func (r reader) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if s := r.statement(ctx, text); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return r.DB.QueryRowContext(ctx, text, args...)
}
