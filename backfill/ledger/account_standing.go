package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"
	"unicode/utf8"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// AccountStanding is how an account stands in the ledger.
type AccountStanding struct {
	Home    string
	Account fediverse.Handle
	// LastRun is when the last run began; zero if there was none. Running says that a
	// living process works on it.
	LastRun time.Time
	Running bool
	Status  backfill.Status
	Route   backfill.Route
	Reason  string
	// Held, Imported, Refused and Failed count the account's posts by the last that
	// came of them, in whichever run.
	Held, Imported, Refused, Failed int
	// NextAllowed is when the limit lets a run begin; zero means now.
	NextAllowed time.Time
	// DeferredUntil is when a deferred account is due, and DeferredReason why it waits;
	// zero if it is not deferred.
	DeferredUntil  time.Time
	DeferredReason string
}

// Selection says which accounts to read: those to which everything in it applies.
type Selection struct {
	// Servers are those of the accounts, at least one of them; none means all.
	Servers []fediverse.Servers
	// Deferred selects the accounts that have to wait.
	Deferred bool
	// Failed selects the accounts whose last run failed, or of whose posts some did.
	Failed bool
}

// includes reports whether an account is on one of the servers.
func (s Selection) includes(h fediverse.Handle) bool {
	for _, name := range fediverse.NamesOf(h.Domain) {
		for _, wanted := range s.Servers {
			if name == wanted {
				return true
			}
		}
	}
	return len(s.Servers) == 0
}

// accountBatch is how many accounts are read in full at once. The first of them waits
// for the posts of all to be counted. standingQuery has the same number.
const accountBatch = 25

// EachAccount reads how accounts stand, in the order of their home servers and their
// handles. Those of which nothing but the name is known are left out. Nothing is held
// between two reads of the database, however long the caller takes.
func (s Survey) EachAccount(ctx context.Context, which Selection, l limit.Limit) iter.Seq2[AccountStanding, error] {
	return func(yield func(AccountStanding, error) bool) {
		more := true
		err := s.read(ctx, func(from *Ledger) error {
			r := standingReader{Ledger: from, which: which, limit: l, alive: make(map[string]bool)}
			for found, err := range r.found(ctx, s.Home) {
				if err != nil {
					return fmt.Errorf("reading the accounts: %w", from.db.Explain(ctx, err))
				}
				if more = yield(found, nil); !more {
					return nil
				}
			}
			return nil
		})
		if err != nil && more {
			yield(AccountStanding{}, err)
		}
	}
}

// standingReader reads how accounts stand.
type standingReader struct {
	*Ledger
	which Selection
	limit limit.Limit
	// alive are the owners of claims that were looked at.
	alive map[string]bool
}

// storedAccount is an account and its place in the order of reading.
type storedAccount struct {
	id           int64
	home, handle string
	// known says that there is more to tell than its name.
	known bool
}

// found yields the accounts that are wanted.
func (r standingReader) found(ctx context.Context, home string) iter.Seq2[AccountStanding, error] {
	return func(yield func(AccountStanding, error) bool) {
		var batch []storedAccount
		flush := func() bool {
			all, err := r.standings(ctx, batch)
			batch = batch[:0]
			if err != nil {
				yield(AccountStanding{}, err)
				return false
			}
			for _, a := range all {
				if r.which.Failed && a.Failed == 0 && a.Status != backfill.FailedAccount {
					continue
				}
				if !yield(a, nil) {
					return false
				}
			}
			return true
		}
		after := func(last storedAccount) ([]storedAccount, error) { return r.accountsAfter(ctx, home, last) }
		for a, err := range inBatches(storedAccount{home: home}, after) {
			if err != nil {
				yield(AccountStanding{}, err)
				return
			}
			if !a.known || !r.which.includes(parseStored(a.handle)) {
				continue
			}
			if batch = append(batch, a); len(batch) == accountBatch && !flush() {
				return
			}
		}
		flush()
	}
}

func (r standingReader) accountsAfter(ctx context.Context, home string, last storedAccount) ([]storedAccount, error) {
	const q = `SELECT id, home, handle, EXISTS (SELECT 1 FROM deferred WHERE account_id = accounts.id)
			OR ?4 = 0 AND EXISTS (SELECT 1 FROM runs WHERE account_id = accounts.id)
		FROM accounts WHERE (home, handle) > (?1, ?2) AND home <= ?3 ORDER BY home, handle LIMIT ?5`
	end := home
	if end == "" {
		end = string(utf8.MaxRune) // no name of a server comes after it
	}
	deferredOnly := 0
	if r.which.Deferred {
		deferredOnly = 1
	}
	rows, err := r.db.QueryContext(ctx, q, last.home, last.handle, end, deferredOnly, rowBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var all []storedAccount
	for rows.Next() {
		var a storedAccount
		if err := rows.Scan(&a.id, &a.home, &a.handle, &a.known); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// standings reads how these accounts stand.
func (r standingReader) standings(ctx context.Context, accounts []storedAccount) ([]AccountStanding, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	query, err := r.standingQuery(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([][1]int64, len(accounts))
	for i, a := range accounts {
		ids[i][0] = a.id
	}
	args := []any{list(ids)}
	for _, o := range []backfill.Outcome{backfill.Held, backfill.Imported, backfill.Refused, backfill.Failed} {
		code, err := storedOutcome(o)
		if err != nil {
			return nil, err
		}
		args = append(args, code)
	}
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	found := make([]standingRow, len(accounts))
	if err := scanStandings(rows, found); err != nil {
		return nil, err
	}
	all := make([]AccountStanding, len(accounts))
	for i, a := range accounts {
		if all[i], err = r.standing(ctx, a, found[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// standingRow is a row of standingQuery.
type standingRow struct {
	started             sql.NullInt64
	open                bool
	route, status       string
	reason, owner       string
	saved, retry        sql.NullInt64
	tokens              sql.NullFloat64
	deferred, countText string
}

// standingQuery is the query for how accounts stand. Each account's posts are counted by
// their index, in one pass: a subquery has one column, which holds all four numbers. A
// ledger that is opened for reading may be older than the stems.
func (r standingReader) standingQuery(ctx context.Context) (string, error) {
	const start = `SELECT key, last.started_at, last.id IS NOT NULL AND last.finished_at IS NULL,
			coalesce(last.route, ''), coalesce(last.status, ''), coalesce(last.reason, ''),
			saved_at, tokens, deferred.retry_at, coalesce(deferred.reason, ''), coalesce(owner_id, ''),
			(SELECT count(*) FILTER (WHERE outcome = ?2) || ' ' || count(*) FILTER (WHERE outcome = ?3) || ' ' ||
				count(*) FILTER (WHERE outcome = ?4) || ' ' || count(*) FILTER (WHERE outcome = ?5) FROM `
	// Without the limit, which is that of a batch, PostgreSQL expects a thousand accounts,
	// and takes a second to compile a query that costs so much.
	const end = `) FROM (SELECT key, value FROM json_each(?1) LIMIT 25) AS k
		LEFT JOIN runs AS last ON last.id = (SELECT id FROM runs WHERE account_id = CAST(k.value ->> 0 AS BIGINT) ORDER BY started_at DESC, id DESC LIMIT 1)
		LEFT JOIN buckets ON buckets.account_id = CAST(k.value ->> 0 AS BIGINT)
		LEFT JOIN deferred ON deferred.account_id = CAST(k.value ->> 0 AS BIGINT)
		LEFT JOIN claims ON claims.account_id = CAST(k.value ->> 0 AS BIGINT)`
	const newest = start + `stems CROSS JOIN posts ON stem_id = stems.id WHERE stems.account_id = CAST(k.value ->> 0 AS BIGINT)` + end
	const older = start + `(SELECT ` + OutcomeCode + ` AS outcome FROM posts WHERE account_id = CAST(k.value ->> 0 AS BIGINT)) AS of_account` + end
	if version, err := r.db.Version(ctx); err != nil || version >= withStems {
		return newest, err
	}
	return older, nil
}

// scanStandings reads the rows of standingQuery into their places.
func scanStandings(rows *sql.Rows, into []standingRow) error {
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var i int
		var s standingRow
		err := rows.Scan(&i, &s.started, &s.open, &s.route, &s.status, &s.reason, &s.saved, &s.tokens, &s.retry, &s.deferred, &s.owner, &s.countText)
		if err != nil {
			return err
		}
		into[i] = s
	}
	return rows.Err()
}

// standing is what a row says of an account.
func (r standingReader) standing(ctx context.Context, a storedAccount, row standingRow) (AccountStanding, error) {
	s := AccountStanding{
		Home: a.home, Account: parseStored(a.handle), LastRun: fromOptional(row.started),
		Status: backfill.Status(row.status), Route: backfill.Route(row.route), Reason: row.reason,
		DeferredUntil: fromOptional(row.retry), DeferredReason: row.deferred,
	}
	if _, err := fmt.Sscan(row.countText, &s.Held, &s.Imported, &s.Refused, &s.Failed); err != nil {
		return s, fmt.Errorf("the counts of %s make no sense: %w", s.Account, err)
	}
	if !row.open {
		s.NextAllowed = r.nextAllowed(row)
		return s, nil
	}
	// An open run resumes whatever the limit says.
	if s.Status == "" {
		s.Status = backfill.Interrupted
	}
	var err error
	s.Running, err = r.works(ctx, row.owner)
	return s, err
}

// nextAllowed is when the limit lets a run begin; zero means now.
func (r standingReader) nextAllowed(row standingRow) time.Time {
	if !row.saved.Valid {
		return time.Time{} // a bucket that was never saved is full
	}
	b := limit.Bucket{SavedAt: fromMillis(row.saved.Int64), Tokens: row.tokens.Float64}
	if _, ok, next := r.limit.Peek(b, r.db.Now()); !ok {
		return next
	}
	return time.Time{}
}

// works reports whether the owner of a claim is alive; "" owns none.
func (r standingReader) works(ctx context.Context, owner string) (bool, error) {
	if owner == "" {
		return false, nil
	}
	if _, looked := r.alive[owner]; !looked {
		alive, err := r.db.IsAlive(ctx, r.db, owner)
		if err != nil {
			return false, err
		}
		r.alive[owner] = alive
	}
	return r.alive[owner], nil
}
