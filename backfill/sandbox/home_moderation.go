package sandbox

import (
	"context"
	"fmt"
	"strings"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// SuspendDomain makes home accept nothing from a domain (the host in URIs).
func (h *Home) SuspendDomain(domain string) {
	h.rule(domain, func(b *home.Block) { b.Severity = home.Suspend })
}

// RejectMedia makes home's moderators refuse the media of a domain.
func (h *Home) RejectMedia(domain string) {
	h.rule(domain, func(b *home.Block) { b.RejectMedia = true })
}

// AllowOnly turns on limited federation: home accepts posts and accounts only from
// these domains (Mastodon app/models/domain_allow.rb).
func (h *Home) AllowOnly(domains ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.allowed = map[string]bool{}
	for _, d := range domains {
		h.allowed[strings.ToLower(d)] = true
	}
}

// SuspendAccount makes home hide an account it knows and accept nothing from it.
func (h *Home) SuspendAccount(a *Account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.suspendedAccounts[a.URI()] = true
}

// rule adds or changes a rule of home's moderators about a domain.
func (h *Home) rule(domain string, change func(*home.Block)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	domain = strings.ToLower(domain)
	b := h.blocks[domain]
	if b.Domain == "" {
		b = home.Block{Domain: domain, Severity: home.Noop}
	}
	change(&b)
	h.blocks[domain] = b
}

// block returns the rule that applies to a domain: its own, or else that of the
// nearest parent domain (Mastodon app/models/domain_block.rb, rule_for). With mu
// held.
func (h *Home) block(domain string) home.Block {
	for domain = strings.ToLower(domain); domain != ""; {
		if b, ok := h.blocks[domain]; ok {
			return b
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return home.Block{}
}

// suspendsDomain reports whether home has suspended a domain. With mu held.
func (h *Home) suspendsDomain(domain string) bool { return h.block(domain).Severity == home.Suspend }

// suspendsServer reports the same for an account's server. With mu held.
func (h *Home) suspendsServer(k *knownAccount) bool {
	return h.suspendsDomain(k.Domain) || h.suspendsDomain(hostOf(k.URI))
}

// allows reports whether home accepts anything from a domain, as it always does
// unless federation is limited (Mastodon app/models/domain_allow.rb). With mu
// held.
func (h *Home) allows(domain string) bool {
	return h.allowed == nil || h.allowed[strings.ToLower(domain)]
}

// refuses reports whether home accepts nothing from a domain (Mastodon
// app/helpers/domain_control_helper.rb). With mu held.
func (h *Home) refuses(domain string) bool {
	return h.suspendsDomain(domain) || domain != "" && !strings.EqualFold(domain, HomeDomain) && !h.allows(domain)
}

// DomainBlock returns the rule that applies to a domain, or the zero Block if
// there is none.
func (d *Database) DomainBlock(ctx context.Context, domain string) (home.Block, error) {
	if err := ctx.Err(); err != nil {
		return home.Block{}, fmt.Errorf("reading whether %s is blocked: %w", domain, err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	return d.home.block(domain), nil
}

// DomainAllowed reports whether home, in limited federation mode, accepts anything
// from a domain.
func (d *Database) DomainAllowed(ctx context.Context, domain string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("reading whether %s is allowed: %w", domain, err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	return d.home.allows(domain), nil
}

// AccountBlock returns Suspend for an account that home has suspended.
func (d *Database) AccountBlock(ctx context.Context, a fediverse.Account) (home.Severity, error) {
	severity := home.NoBlock
	err := d.known(ctx, a, func(k *knownAccount) {
		if d.home.suspendedAccounts[k.URI] {
			severity = home.Suspend
		}
	})
	return severity, err
}
