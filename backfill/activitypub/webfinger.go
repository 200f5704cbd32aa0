package activitypub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/wellknown"
)

// jrd is what matters to us in a WebFinger answer (RFC 7033).
type jrd struct {
	// subject is the account that the answer is about, and user its user part as
	// the server spells it.
	subject fediverse.Handle
	user    string
	// actors are the addresses of the account's actor. Some servers name
	// several.
	actors []string
}

// confirm checks that the actor's own handle leads back to the actor (as in
// Mastodon, app/services/activitypub/process_account_service.rb,
// check_webfinger!). That is the handle it claims (FEP-2c59), or else its name at
// the host of its id. confirm asks WebFinger only if nobody has yet. It accepts a
// handle that cannot be found if home knows the actor, since home has seen it
// confirmed; it never accepts one that leads to another actor.
func (r *Reader) confirm(ctx context.Context, a fediverse.Account, who identity, found actor) error {
	if who.asked == nil || found.user == "" && found.alias == "" {
		return nil
	}
	claimed := withoutScheme(found.alias)
	if claimed == "" {
		claimed = found.user + "@" + fediverse.HostOf(found.URI)
	}
	handle, err := fediverse.ParseHandle(claimed)
	if err != nil {
		return malformed(found.URI, fmt.Errorf("the handle of the actor: %w", err))
	}
	actors, asked := who.asked[handle]
	if !asked {
		user, _, _ := strings.Cut(strings.TrimPrefix(claimed, "@"), "@")
		answer, err := r.webfinger(ctx, user, handle.Domain)
		var refused *backfill.OriginError
		switch {
		case errors.As(err, &refused) && a.URI != "":
			return nil
		case err != nil:
			return within("WebFinger", err)
		}
		actors = answer.actors
	}
	for _, address := range actors {
		if sameURI(address, found.URI) {
			return nil
		}
	}
	// WebFinger may name another address of the actor's document.
	if handle == who.handle {
		return nil
	}
	return malformed(found.URI, fmt.Errorf("the actor calls itself %s, which is another one", handle))
}

// finger finds an account's actor by WebFinger. If the handle's domain and the
// server's differ, the first answer names another subject; finger then asks that
// subject's domain, which must confirm it (as in Mastodon,
// app/services/resolve_account_service.rb).
func (r *Reader) finger(ctx context.Context, a fediverse.Account) (identity, error) {
	user := a.Handle.User
	if strings.EqualFold(a.Username, user) {
		user = a.Username
	}
	asked := a.Handle
	answer, err := r.webfinger(ctx, user, asked.Domain)
	if err != nil {
		return identity{}, within("WebFinger", err)
	}
	answers := map[fediverse.Handle][]string{asked: answer.actors}
	if answer.subject != asked {
		asked = answer.subject
		if answer, err = r.webfinger(ctx, answer.user, asked.Domain); err != nil {
			return identity{}, within("WebFinger", err)
		}
		if answer.subject != asked {
			return identity{}, fingerError(asked.Domain, fmt.Errorf("%s is said to be yet another account, %s", asked, answer.subject))
		}
	}
	answers[asked] = answer.actors
	actor, err := answer.actor(a.URI)
	if err != nil {
		return identity{}, fingerError(asked.Domain, err)
	}
	return identity{handle: asked, actor: actor, port: domainPort(asked.Domain), asked: answers}, nil
}

func fingerError(domain string, err error) error {
	return &backfill.OriginError{Host: domain, Cause: backfill.Malformed, Err: fmt.Errorf("WebFinger: %w", err)}
}

// webfinger asks one server for an account. Only if the server answers 404 may its
// host-meta name another place to ask (as in Mastodon, app/lib/webfinger.rb).
func (r *Reader) webfinger(ctx context.Context, user, domain string) (jrd, error) {
	resource := "acct:" + escapeUser(user) + "@" + domain
	port := domainPort(domain)
	address := "https://" + domain + "/.well-known/webfinger?resource=" + resource
	d, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.JRD, Port: port})
	var refused *backfill.OriginError
	if errors.As(err, &refused) && refused.Cause == backfill.NotFound {
		template, metaErr := r.hostMeta(ctx, domain)
		if metaErr != nil {
			return jrd{}, err
		}
		address = secured(strings.ReplaceAll(template, "{uri}", resource))
		d, err = r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.JRD, Port: port})
	}
	if err != nil {
		return jrd{}, err
	}
	answer, err := parseJRD(d.Body)
	if err != nil {
		return jrd{}, malformed(d.URL, err)
	}
	return answer, nil
}

// escapeUser keeps a user name from being more than that in a query.
func escapeUser(user string) string { return url.QueryEscape(user) }

// parseJRD reads a WebFinger answer.
func parseJRD(body []byte) (jrd, error) {
	d, err := wellknown.ParseDescriptor(body)
	if err != nil {
		return jrd{}, err
	}
	answer := jrd{}
	if answer.subject, answer.user, err = parseSubject(d.Subject); err != nil {
		return jrd{}, err
	}
	for _, address := range d.Actors() {
		if isURI(address) {
			answer.actors = append(answer.actors, address)
		}
	}
	return answer, nil
}

// withoutScheme drops acct:, which some servers write in capitals and Mastodon does
// not require (app/services/resolve_account_service.rb, split_acct).
func withoutScheme(acct string) string {
	const scheme = "acct:"
	if len(acct) >= len(scheme) && strings.EqualFold(acct[:len(scheme)], scheme) {
		return acct[len(scheme):]
	}
	return acct
}

// parseSubject reads acct:user@domain. It also returns the user part as the server
// spells it, since not every server accepts another spelling.
func parseSubject(subject string) (fediverse.Handle, string, error) {
	rest := withoutScheme(subject)
	user, _, found := strings.Cut(rest, "@")
	if !found || user == "" || strings.Contains(rest, "/") {
		return fediverse.Handle{}, "", fmt.Errorf("the subject %.100q is not an account", subject)
	}
	h, err := fediverse.ParseHandle(rest)
	if err != nil {
		return fediverse.Handle{}, "", fmt.Errorf("the subject %w", err)
	}
	return h, user, nil
}

// actor picks the actor's address: the known one if it is there, or else the first.
func (j jrd) actor(known string) (string, error) {
	if len(j.actors) == 0 {
		return "", errors.New("the answer names no ActivityPub actor")
	}
	for _, address := range j.actors {
		if sameURI(address, known) {
			return address, nil
		}
	}
	return j.actors[0], nil
}

// domainPort is the port that a handle's domain names, or 0.
func domainPort(domain string) int {
	_, port, err := net.SplitHostPort(domain)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return n
}
