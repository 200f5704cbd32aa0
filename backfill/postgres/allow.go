package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// allowedDomains is what is read from a home in limited federation mode.
func allowedDomains() (tables, columns []string) {
	return pairs([]readable{{"domain_allows", []string{"domain"}}})
}

// DomainAllowed reports whether a home in limited federation mode accepts anything
// from a domain. A rule covers only its own domain, not its subdomains
// (Mastodon app/models/domain_allow.rb, rule_for). If the role may not read the
// rules, the error is an *AccessError with a hint that names the right.
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
