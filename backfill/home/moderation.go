package home

import (
	"context"
	"errors"
	"net"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Moderated is home's database with what home's moderators have decided.
type Moderated struct {
	Database
	home string
	// limited says that home federates only with servers that it has allowed, and
	// that the database can tell which these are.
	limited bool
}

// Moderate makes the database of a home answer by its moderators' rules. limited
// says that home is in limited federation mode. If the database does not tell with
// whom such a home federates, Moderate calls warn once: home can be filled all the
// same, but what it accepts cannot be foreseen.
func Moderate(ctx context.Context, d Database, home string, limited bool, warn func(text string, hint backfill.Hint)) (Moderated, error) {
	m := Moderated{Database: d, home: home, limited: limited}
	if !limited {
		return m, nil
	}
	_, err := d.DomainAllowed(ctx, "")
	if errors.Is(err, ErrNoRight) {
		m.limited = false
		warn(home+" federates only with servers that it has allowed, and its list of them cannot be read", backfill.HintOf(err))
		return m, nil
	}
	return m, err
}

// Standing says how accounts of home stand to a, and whether home takes anything
// from it. An account that home does not know has only a domain.
func (m Moderated) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	var standing backfill.Standing
	if a.ID != "" {
		var err error
		if standing, err = m.Database.Standing(ctx, a); err != nil {
			return standing, err
		}
	}
	return m.judge(ctx, a, standing)
}

// StandingOf says how the local account with the id asker stands to a, which home knows,
// and whether home takes anything from it.
func (m Moderated) StandingOf(ctx context.Context, a fediverse.Account, asker string) (backfill.Standing, error) {
	standing, err := m.Database.StandingOf(ctx, a, asker)
	if err != nil {
		return standing, err
	}
	return m.judge(ctx, a, standing)
}

// judge adds to a standing what moderators have decided.
func (m Moderated) judge(ctx context.Context, a fediverse.Account, standing backfill.Standing) (backfill.Standing, error) {
	for _, domain := range domainsOf(a) {
		block, err := m.DomainBlock(ctx, domain)
		if err != nil {
			return standing, err
		}
		if block.Severity == Suspend {
			standing.Refusal = m.home + " has suspended " + block.Domain
		}
		if block.RejectMedia {
			standing.Remark = m.home + " rejects media from " + block.Domain
		}
	}
	if err := m.checkAllowed(ctx, a, &standing); err != nil || a.ID == "" || standing.Refusal != "" {
		return standing, err
	}
	severity, err := m.AccountBlock(ctx, a)
	if err == nil && severity == Suspend {
		standing.Refusal = m.home + " has suspended " + a.Handle.String()
	}
	return standing, err
}

// checkAllowed refuses, in limited federation mode, what home has not allowed.
// Mastodon asks about the host of a post, and, for an account that it does not
// know, about the domain of the handle (app/helpers/domain_control_helper.rb,
// app/services/activitypub/fetch_remote_status_service.rb,
// app/services/resolve_account_service.rb).
func (m Moderated) checkAllowed(ctx context.Context, a fediverse.Account, standing *backfill.Standing) error {
	if !m.limited || a.Local || standing.Refusal != "" {
		return nil
	}
	domain := domainOfURI(a.URI)
	if domain == "" {
		domain = a.Handle.Domain
	}
	allowed, err := m.DomainAllowed(ctx, domain)
	if err == nil && !allowed {
		standing.Cause = backfill.LimitedFederation
		standing.Refusal = m.home + " federates only with servers that it has allowed, and " + domain + " is not one of them"
	}
	return err
}

// domainsOf are the domains under which moderators may have a rule about an
// account: that of its handle, and the host on which its posts live.
func domainsOf(a fediverse.Account) []string {
	domains := []string{a.Handle.Domain}
	if domain := domainOfURI(a.URI); domain != "" && !slices.Contains(domains, domain) {
		domains = append(domains, domain)
	}
	return domains
}

// domainOfURI is the host of an account's id as domains are written in rules,
// without a port; "" if it has none.
func domainOfURI(uri string) string {
	host := fediverse.HostOf(uri)
	if domain, _, err := net.SplitHostPort(host); err == nil {
		return domain
	}
	return host
}
