package activitypub

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// actor is an actor, with further details that only this package needs.
type actor struct {
	fediverse.Actor
	// outbox and followers are the addresses of these collections; empty if
	// the actor names none.
	outbox, followers string
	// user is the account's name on its own server, in its own spelling.
	user string
	// alias is the handle that the actor claims (FEP-2c59); empty if none.
	alias string
	// stripped says that the document has little but the key; see isStripped.
	stripped bool
	// profiled says that what such a document leaves out has been read elsewhere.
	profiled bool
	// suspended says that its server has suspended the account.
	suspended bool
	// port is a port that the origin may be read from besides 443.
	port int
	// validators are those of the document.
	validators fetch.Validators
	// detour is the listing that had the account's posts when the outbox did not;
	// empty if the outbox did, or nothing is known.
	detour string
}

func isActorType(t string) bool {
	switch t {
	case "Person", "Service", "Group", "Application", "Organization":
		return true
	}
	return false
}

// readActor reads the actor at an address. An address that is not the actor's
// id but leads to it, such as that of the profile page, is followed once to the
// id, which must be on the same host and confirm itself.
func (r *Reader) readActor(ctx context.Context, address string, port int) (actor, error) {
	n, validators, err := r.readActorNode(ctx, address, port)
	if err != nil {
		return actor{}, err
	}
	id := n.Text("id")
	if !isURI(id) || fediverse.HostOf(id) != fediverse.HostOf(address) {
		return actor{}, malformed(address, fmt.Errorf("the actor at %q says that its id is %.200q", address, id))
	}
	if !sameURI(id, address) {
		address = id
		if n, validators, err = r.readActorNode(ctx, address, port); err != nil {
			return actor{}, err
		}
		if again := n.Text("id"); !sameURI(again, id) {
			return actor{}, malformed(address, fmt.Errorf("the actor at %q says that its id is %.200q", id, again))
		}
	}
	a := parseActor(n)
	a.port, a.validators = port, validators
	return a, nil
}

func (r *Reader) readActorNode(ctx context.Context, address string, port int) (loosejson.Node, fetch.Validators, error) {
	d, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.Object, Port: port})
	if err != nil {
		return nil, fetch.Validators{}, within("actor", err)
	}
	n, err := actorNode(d)
	return n, d.Validators, err
}

// readActorAgain reads an actor that was read before, unless it has not changed.
func (r *Reader) readActorAgain(ctx context.Context, known actor) (actor, error) {
	d, err := r.client.Get(ctx, fetch.Request{URL: known.URI, Kind: fetch.Object, Port: known.port, Known: known.validators})
	switch {
	case err != nil:
		return actor{}, within("actor", err)
	case d.NotModified:
		return known, nil
	}
	n, err := actorNode(d)
	if err != nil {
		return actor{}, err
	}
	if id := n.Text("id"); !sameURI(id, known.URI) {
		return actor{}, malformed(known.URI, fmt.Errorf("the actor at %q says that its id is %.200q", known.URI, id))
	}
	a := parseActor(n)
	a.Handle, a.port, a.validators = known.Handle, known.port, d.Validators
	return a, nil
}

// actorNode reads a document that should be an actor.
func actorNode(d *fetch.Document) (loosejson.Node, error) {
	n, err := loosejson.Parse(d.Body)
	if err != nil {
		return nil, malformed(d.URL, fmt.Errorf("actor: %w", err))
	}
	if !n.Is(isActorType) {
		return nil, malformed(d.URL, errors.New("actor: the document is not an actor"))
	}
	return n, nil
}

// parseActor reads what we need of an actor. Its id has been checked.
func parseActor(n loosejson.Node) actor {
	a := actor{
		Actor: fediverse.Actor{
			URI:       n.Text("id"),
			URL:       pageURL(n),
			Summary:   n.Text("summary"),
			Indexable: n.Boolean("indexable"),
			MovedTo:   n.Ref("movedTo"),
			Group:     n.Is(func(t string) bool { return t == "Group" }),
		},
		user:      n.Text("preferredUsername"),
		alias:     n.Text("webfinger"),
		stripped:  isStripped(n),
		suspended: n.IsTrue("suspended"),
		outbox:    n.Ref("outbox"),
		followers: n.Ref("followers"),
	}
	if a.URL == "" {
		a.URL = a.URI
	}
	if !isURI(a.MovedTo) {
		a.MovedTo = ""
	}
	for _, raw := range loosejson.AsList(n["attachment"]) {
		field := loosejson.AsNode(raw)
		if name, value := field.Text("name"), field.Text("value"); value != "" {
			a.Fields = append(a.Fields, name+": "+value)
		}
	}
	return a
}

// isStripped recognises the actors of servers that show unsigned requests only a key
// and what the protocol demands: Akkoma
// (lib/pleroma/web/activity_pub/views/user_view.ex, stripped_user.json), Sharkey
// (ApRendererService.ts, renderPersonRedacted) and GoToSocial.
func isStripped(n loosejson.Node) bool {
	for _, key := range []string{"followers", "following", "name", "summary"} {
		if n.Has(key) {
			return false
		}
	}
	return n.Has("publicKey")
}

// pageURL is the address of the web page of an actor or a post. PeerTube gives
// an array of links to pages and files.
func pageURL(n loosejson.Node) string {
	best := ""
	for _, raw := range loosejson.AsList(n["url"]) {
		address, isPage := loosejson.AsText(raw), true
		if link := loosejson.AsNode(raw); link != nil {
			address = link.Text("href")
			isPage = link.Text("mediaType") == "text/html"
		}
		if !isURI(address) {
			continue
		}
		if isPage {
			return address
		}
		if best == "" {
			best = address
		}
	}
	return best
}
