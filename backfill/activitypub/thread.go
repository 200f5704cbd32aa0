package activitypub

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// mostReplyPages is how many pages of one collection of replies are read.
const mostReplyPages = 10

// RepliesTo lists up to n replies to a post as its own server shows them: from the
// collection of its replies, or else from that of the conversation (FEP-7888,
// FEP-f228). If the server shows these only to signed requests, and that is allowed,
// it reads Mastodon's API instead. Nothing is read from another server than the
// post's own. Errors are *[backfill.OriginError], *[backfill.PausedError] or the
// context's.
func (r *Reader) RepliesTo(ctx context.Context, t backfill.Thread, n int) ([]backfill.Reply, error) {
	from := t.Replies
	if from.Collection == "" && from.Context == "" {
		object, err := r.readThreadObject(ctx, t.URI)
		if err != nil {
			return r.aroundClosedReplies(ctx, t.URI, n, err)
		}
		if from = replies(object); from.Answered == fediverse.NotAnswered {
			return nil, nil
		}
	}
	var failure error
	for _, address := range []string{from.Collection, from.Context} {
		if address == "" || fediverse.HostOf(address) != fediverse.HostOf(t.URI) {
			continue
		}
		found, err := r.readReplies(ctx, t.URI, address, n)
		var refused *backfill.OriginError
		if err == nil || !errors.As(err, &refused) {
			return found, err
		}
		failure = err
	}
	if failure == nil {
		return nil, nil
	}
	return r.aroundClosedReplies(ctx, t.URI, n, failure)
}

func (r *Reader) readThreadObject(ctx context.Context, uri string) (loosejson.Node, error) {
	d, err := r.client.Get(ctx, fetch.Request{URL: uri, Kind: fetch.Object})
	if err != nil {
		return nil, within("replies", err)
	}
	n, err := loosejson.Parse(d.Body)
	if err != nil || n.Text("id") != uri {
		return nil, malformed(uri, errors.New("replies: it is not the post that was asked for"))
	}
	return n, nil
}

// readReplies walks through a collection.
func (r *Reader) readReplies(ctx context.Context, uri, address string, n int) ([]backfill.Reply, error) {
	var found []backfill.Reply
	read := make(map[string]bool)
	seen := map[string]bool{uri: true}
	for page := 0; page < mostReplyPages && address != "" && !read[address] && len(found) < n; page++ {
		read[address] = true
		if fediverse.HostOf(address) != fediverse.HostOf(uri) || !strings.HasPrefix(address, "https://") || !isURI(address) {
			break
		}
		d, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.CollectionPage})
		if err == nil {
			var c collection
			if c, err = parseCollection(d.Body, reading{}); err != nil {
				c, err = collection{}, malformed(address, err)
			}
			for _, e := range c.entries {
				if e.post != nil && !e.post.Boost && !seen[e.post.URI] && len(found) < n {
					seen[e.post.URI] = true
					found = append(found, backfill.Reply{Post: *e.post})
				}
			}
			if address = secured(c.next); address == "" && len(c.entries) == 0 {
				address = secured(c.first)
			}
		}
		if err != nil {
			if len(found) > 0 {
				return found, nil // what was read is good
			}
			return nil, within("replies", err)
		}
	}
	return found, nil
}

// aroundClosedReplies reads the conversation from Mastodon's API if that is allowed;
// refusal is why the collections cannot be read, and stands otherwise.
func (r *Reader) aroundClosedReplies(ctx context.Context, uri string, n int, refusal error) ([]backfill.Reply, error) {
	id := uri[strings.LastIndex(uri, "/")+1:]
	if !isClosed(refusal) || !r.options.RestOnSecureOrigins || !strings.Contains(uri, "/statuses/") || !isAPIID(id) {
		return nil, refusal
	}
	d, err := r.client.Get(ctx, fetch.Request{URL: "https://" + fediverse.HostOf(uri) + "/api/v1/statuses/" + url.PathEscape(id) + "/context", Kind: fetch.JSONPage})
	if err != nil {
		return nil, within("replies", err)
	}
	context, err := loosejson.Parse(d.Body)
	if err != nil {
		return nil, malformed(uri, err)
	}
	var found []backfill.Reply
	for _, raw := range loosejson.AsList(context["descendants"]) {
		status := loosejson.AsNode(raw)
		author := status.Object("account")
		p := checked(&fediverse.Post{
			URI: status.Text("uri"), Published: moment(status.Text("created_at")), Author: author.Text("uri"),
			Visibility: restVisibility(status), Empty: isEmptyStatus(status),
		})
		if p != nil && len(found) < n {
			found = append(found, backfill.Reply{Post: *p, Profile: author.Text("note")})
		}
	}
	return found, nil
}
