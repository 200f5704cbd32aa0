package activitypub

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// peertubeListing lists by PeerTube's API
// (server/core/controllers/api/accounts.ts, video-channel.ts). A cursor is the
// number of the first video of the page.
type peertubeListing struct {
	site
	*trail
}

// peertubeCount is the most that a page may have (constants.ts, PAGINATION).
const peertubeCount = 100

func (d *peertubeListing) source() string { return ListingPeerTube }

func (d *peertubeListing) shortfall() backfill.Cause { return "" }

// top reads the newest videos, which are always in the same place.
func (d *peertubeListing) top(ctx context.Context, _ string, known fetch.Validators) (topPage, error) {
	d.restart()
	return d.videos(ctx, 0, known)
}

func (d *peertubeListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	start, err := strconv.Atoi(cursor)
	if err != nil || start <= 0 {
		return backfill.Page{}, d.bad("peertube: %w", errCursor)
	}
	read, err := d.videos(ctx, start, fetch.Validators{})
	return read.Page, err
}

// videos reads the page that begins with a video, counted from 0.
func (d *peertubeListing) videos(ctx context.Context, start int, known fetch.Validators) (topPage, error) {
	if err := d.enter(d.host); err != nil {
		return topPage{}, err
	}
	kind := "/api/v1/accounts/"
	if strings.Contains(d.actor.URI, "/video-channels/") {
		kind = "/api/v1/video-channels/"
	}
	address := d.url(kind+url.PathEscape(d.user())+"/videos", url.Values{
		"start": {strconv.Itoa(start)}, "count": {strconv.Itoa(peertubeCount)}, "sort": {"-publishedAt"},
	})
	return d.ask(ctx, "peertube", address, known, func(answer *fetch.Document) (backfill.Page, string, error) {
		page, err := d.read(answer.Body, start)
		return page, "", err
	})
}

// read reads the page that begins with that video.
func (d *peertubeListing) read(body []byte, start int) (backfill.Page, error) {
	n, err := loosejson.Parse(body)
	if err != nil || !n.Has("data") {
		return backfill.Page{}, d.bad("peertube: the list of videos is not one")
	}
	var entries []entry
	for _, raw := range loosejson.AsList(n["data"]) {
		entries = append(entries, d.entry(loosejson.AsNode(raw)))
	}
	cursor, next := "", ""
	if start > 0 {
		cursor = strconv.Itoa(start)
	}
	if start += len(entries); len(entries) > 0 && start < n.Count("total") {
		next = strconv.Itoa(start)
	}
	page := d.trail.page(cursor, next, entries)
	page.Total = max(n.Count("total"), 0)
	return page, nil
}

// entry reads a video, whose "url" is its ActivityPub id. It belongs to an
// account and to a channel, both of which are actors.
func (d *peertubeListing) entry(video loosejson.Node) entry {
	p := &fediverse.Post{URI: video.Text("url"), Published: moment(video.Text("publishedAt")), Visibility: fediverse.Private}
	account, channel := video.Object("account").Text("url"), video.Object("channel").Text("url")
	if p.Author = account; d.isActor(account, channel) {
		p.Author = d.actor.URI
	}
	switch identifier(video.Object("privacy"), "id") { // VideoPrivacy
	case "1":
		p.Visibility = fediverse.Public
	case "2":
		p.Visibility = fediverse.Unlisted
	}
	p.URL = p.URI
	e := entry{post: checked(p)}
	if e.post != nil {
		e.mark = e.post.URI
	}
	return e
}
