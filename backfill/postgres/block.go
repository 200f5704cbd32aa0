package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Severity is how severely home's moderators limit a server or an account.
type Severity string

// The severities. Suspend: home accepts no posts. Silence: only followers see the
// posts. Noop: a rule that limits nothing by itself.
const (
	NoBlock Severity = ""
	Noop    Severity = "noop"
	Silence Severity = "silence"
	Suspend Severity = "suspend"
)

// Block is a rule by home's moderators about a server.
type Block struct {
	// Domain is the domain that the rule names: the server's own, or a parent.
	Domain   string
	Severity Severity
	// RejectMedia says that home keeps no pictures, sounds and videos.
	RejectMedia bool
}

// DomainBlock finds the rule that applies to a domain; the zero Block if there is
// none. Of the rules for the domain and its parents the longest applies, even if
// it is milder (Mastodon app/models/domain_block.rb, rule_for).
func (d *Database) DomainBlock(ctx context.Context, domain string) (Block, error) {
	block, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (Block, error) {
		var b Block
		var severity int
		err := tx.QueryRow(ctx, `SELECT domain, COALESCE(severity, 0), reject_media FROM domain_blocks
			WHERE domain = ANY($1::text[]) ORDER BY char_length(domain) DESC LIMIT 1`,
			withParents(domain)).Scan(&b.Domain, &severity, &b.RejectMedia)
		if errors.Is(err, pgx.ErrNoRows) {
			return Block{}, nil
		}
		if err != nil {
			return Block{}, err
		}
		if b.Severity, err = domainSeverity(severity); err != nil {
			return Block{}, err
		}
		return b, nil
	})
	if err != nil {
		return Block{}, fmt.Errorf("reading whether %s is blocked: %w", show(domain), err)
	}
	return block, nil
}

// domainSeverity reads the numbers of Mastodon's app/models/domain_block.rb.
func domainSeverity(number int) (Severity, error) {
	switch number {
	case 0:
		return Silence, nil
	case 1:
		return Suspend, nil
	case 2:
		return Noop, nil
	}
	return NoBlock, fmt.Errorf("its severity %d is none of Mastodon 4.3 to 4.7", number)
}

// withParents lists a domain and its parents: a.b.c, b.c, c.
func withParents(domain string) []string {
	domain = strings.ToLower(strings.TrimSpace(domain))
	if !storable(domain) {
		return nil
	}
	var all []string
	for domain != "" {
		all = append(all, domain)
		_, domain, _ = strings.Cut(domain, ".")
	}
	return all
}

// AccountBlock reports whether moderators have limited this one account: Suspend,
// Silence or NoBlock. For rules about its server see DomainBlock, although Mastodon
// also marks the accounts of a suspended server.
func (d *Database) AccountBlock(ctx context.Context, a fediverse.Account) (Severity, error) {
	id, err := accountID(a)
	if err != nil {
		return NoBlock, err
	}
	severity, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (Severity, error) {
		var suspended, silenced bool
		err := tx.QueryRow(ctx, "SELECT suspended_at IS NOT NULL, silenced_at IS NOT NULL FROM accounts WHERE id = $1", id).
			Scan(&suspended, &silenced)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return NoBlock, backfill.ErrNoAccount
		case err != nil:
			return NoBlock, err
		case suspended:
			return Suspend, nil
		case silenced:
			return Silence, nil
		}
		return NoBlock, nil
	})
	if err != nil {
		return NoBlock, fmt.Errorf("reading whether %s is suspended: %w", a.Handle, err)
	}
	return severity, nil
}
