package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// allowedDomains is what is read of a home in limited federation mode.
func allowedDomains() (tables, columns []string) {
	return pairs([]readable{{"domain_allows", []string{"domain"}}})
}

// DomainAllowed says whether a home in limited federation mode takes anything
// from a domain. A rule is about its own domain alone, not about those below it
// (Mastodon app/models/domain_allow.rb, rule_for). A role that lacks the right to
// read the rules is an *AccessError with a hint that names it.
func (d *Database) DomainAllowed(ctx context.Context, domain string) (bool, error) {
	domain = strings.ToLower(strings.TrimSpace(domain))
	allowed, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (allowed bool, err error) {
		if !storable(domain) {
			return false, nil
		}
		err = tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM domain_allows WHERE domain = $1)", domain).Scan(&allowed)
		return allowed, err
	})
	if err = d.detail(ctx, err, allowedDomains); err != nil {
		return false, fmt.Errorf("reading whether %s is allowed: %w", show(domain), err)
	}
	return allowed, nil
}
