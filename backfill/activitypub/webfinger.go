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
	// subject is the account that the answer is about, and user the user part
	// in its own spelling.
	subject fediverse.Handle
	user    string
	// actors are the addresses of the account's actor. Some servers name
	// several.
	actors []string
}

// confirm sees that the handle which the actor gives itself leads back to it
// (as in Mastodon, app/services/activitypub/process_account_service.rb,
// check_webfinger!): the one that it claims (FEP-2c59), else its name at the
// host of its id. WebFinger is asked only if it was not already. A handle that
// cannot be found is let pass where home knows the actor, as home has seen it
// confirmed; one that leads to another actor never is.
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
	// What WebFinger names may be another address of the actor's document.
	if handle == who.handle {
		return nil
	}
	return malformed(found.URI, fmt.Errorf("the actor calls itself %s, which is another one", handle))
}

// finger finds an account's actor by WebFinger. Where the handle's domain and
// the server's differ, the first answer names another subject; its domain is
// asked once more and must confirm itself (as in Mastodon,
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

// webfinger asks one server for an account. Only where it answers 404, its
// host-meta may name another place to ask (as in Mastodon, app/lib/webfinger.rb).
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

// withoutScheme leaves acct: out, which Mastodon does not miss
// (app/services/resolve_account_service.rb, split_acct) and some write in capitals.
func withoutScheme(acct string) string {
	const scheme = "acct:"
	if len(acct) >= len(scheme) && strings.EqualFold(acct[:len(scheme)], scheme) {
		return acct[len(scheme):]
	}
	return acct
}

// parseSubject reads acct:user@domain. It also gives the user part in its own
// spelling, since not every server takes it in another.
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

// actor picks the address of the actor; the known one if it is among several.
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
