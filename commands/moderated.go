package commands

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/postgres"
)

// moderated is Mastodon's database with what home's moderators have decided.
type moderated struct {
	*postgres.Database
	home string
	// limited says that home federates only with servers that it has allowed,
	// and that it can be told which these are.
	limited bool
}

// moderate finds out whether the database tells with whom a home in limited
// federation mode federates. Where it does not, warn is told, once: such a home
// can be filled all the same, only what it takes cannot be foreseen.
func moderate(ctx context.Context, d *postgres.Database, i *installation, warn func(text string, hint backfill.Hint)) (moderated, error) {
	m := moderated{Database: d, home: i.host, limited: i.limited}
	if !i.limited {
		return m, nil
	}
	_, err := d.DomainAllowed(ctx, "")
	var closed *postgres.AccessError
	if errors.As(err, &closed) {
		m.limited = false
		warn(i.host+" federates only with servers that it has allowed, and its list of them cannot be read", backfill.HintOf(err))
		return m, nil
	}
	return m, err
}

// Standing says besides how accounts of home stand to a whether home takes
// anything of it. An account that home does not know has only a domain.
func (m moderated) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	var standing backfill.Standing
	if a.ID != "" {
		var err error
		if standing, err = m.Database.Standing(ctx, a); err != nil {
			return standing, err
		}
	}
	for _, domain := range domainsOf(a) {
		block, err := m.DomainBlock(ctx, domain)
		if err != nil {
			return standing, err
		}
		if block.Severity == postgres.Suspend {
			standing.Refusal = m.home + " has suspended " + block.Domain
		}
		if block.RejectMedia {
			standing.Remark = m.home + " takes no media from " + block.Domain
		}
	}
	if err := m.checkAllowed(ctx, a, &standing); err != nil || a.ID == "" || standing.Refusal != "" {
		return standing, err
	}
	severity, err := m.AccountBlock(ctx, a)
	if err == nil && severity == postgres.Suspend {
		standing.Refusal = m.home + " has suspended " + a.Handle.String()
	}
	return standing, err
}

// checkAllowed refuses, in limited federation mode, what home has not allowed.
// Mastodon asks about the host of a post, and, for an account that it does not
// know, about the domain of the handle (app/helpers/domain_control_helper.rb,
// app/services/activitypub/fetch_remote_status_service.rb,
// app/services/resolve_account_service.rb).
func (m moderated) checkAllowed(ctx context.Context, a fediverse.Account, standing *backfill.Standing) error {
	if !m.limited || a.Local || standing.Refusal != "" {
		return nil
	}
	host := hostOfURI(a.URI)
	if host == "" {
		host = a.Handle.Domain
	}
	allowed, err := m.DomainAllowed(ctx, host)
	if err == nil && !allowed {
		standing.Cause = backfill.LimitedFederation
		standing.Refusal = m.home + " federates only with servers that it has allowed, and " + host + " is not one of them"
	}
	return err
}

// domainsOf are the domains under which moderators may have a rule about an
// account: that of its handle, and the host on which its posts live.
func domainsOf(a fediverse.Account) []string {
	domains := []string{a.Handle.Domain}
	if host := hostOfURI(a.URI); host != "" && !slices.Contains(domains, host) {
		domains = append(domains, host)
	}
	return domains
}

// hostOfURI is the host of an account's id as domains are written in rules: in
// ASCII and lower case, without a port; "" if it has none.
func hostOfURI(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if h, err := fediverse.ParseHandle("x@" + host); err == nil {
		return h.Domain
	}
	return host
}
