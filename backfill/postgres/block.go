package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// DomainBlock finds the rule that applies to a domain; the zero Block if there is
// none. Of the rules for the domain and its parents the longest applies, even if
// it is milder (Mastodon app/models/domain_block.rb, rule_for).
func (d *Database) DomainBlock(ctx context.Context, domain string) (home.Block, error) {
	block, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (home.Block, error) {
		var b home.Block
		var severity int
		err := tx.QueryRow(ctx, `SELECT domain, COALESCE(severity, 0), reject_media FROM domain_blocks
			WHERE domain = ANY($1::text[]) ORDER BY char_length(domain) DESC LIMIT 1`,
			withParents(domain)).Scan(&b.Domain, &severity, &b.RejectMedia)
		if errors.Is(err, pgx.ErrNoRows) {
			return home.Block{}, nil
		}
		if err != nil {
			return home.Block{}, err
		}
		if b.Severity, err = domainSeverity(severity); err != nil {
			return home.Block{}, err
		}
		return b, nil
	})
	if err != nil {
		return home.Block{}, fmt.Errorf("reading whether %s is blocked: %w", show(domain), err)
	}
	return block, nil
}

// domainSeverity reads the numbers of Mastodon's app/models/domain_block.rb.
func domainSeverity(number int) (home.Severity, error) {
	switch number {
	case 0:
		return home.Silence, nil
	case 1:
		return home.Suspend, nil
	case 2:
		return home.Noop, nil
	}
	return home.NoBlock, fmt.Errorf("its severity %d is none of Mastodon 4.3 to 4.7", number)
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

// AccountBlock says whether moderators have limited this one account: home.Suspend,
// home.Silence or home.NoBlock. A rule about its server is DomainBlock's to tell, though
// Mastodon marks the accounts of a suspended server as well.
func (d *Database) AccountBlock(ctx context.Context, a fediverse.Account) (home.Severity, error) {
	id, err := accountID(a)
	if err != nil {
		return home.NoBlock, err
	}
	severity, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (home.Severity, error) {
		var suspended, silenced bool
		err := tx.QueryRow(ctx, "SELECT suspended_at IS NOT NULL, silenced_at IS NOT NULL FROM accounts WHERE id = $1", id).
			Scan(&suspended, &silenced)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return home.NoBlock, backfill.ErrNoAccount
		case err != nil:
			return home.NoBlock, err
		case suspended:
			return home.Suspend, nil
		case silenced:
			return home.Silence, nil
		}
		return home.NoBlock, nil
	})
	if err != nil {
		return home.NoBlock, fmt.Errorf("reading whether %s is suspended: %w", a.Handle, err)
	}
	return severity, nil
}
