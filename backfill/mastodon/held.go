package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/httpheader"
	"tootfill/backfill/loosejson"
)

// heldPage is the greatest number of posts that Mastodon puts on a page.
const heldPage = 40

// Held lists a's own posts on home. In Mastodon the id of a post contains its date
// (Mastodon lib/mastodon/snowflake.rb), so there the first page can begin at
// newest.
func (s *Server) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	page, err := s.held(ctx, a, newest, cursor)
	return page.HeldPage, err
}

// statusPage is a page of posts, with the number of public or unlisted ones.
type statusPage struct {
	backfill.HeldPage
	listed int
}

func (s *Server) held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (statusPage, error) {
	if cursor == "" && !newest.IsZero() {
		from, err := s.idAfter(ctx, a, newest)
		if err != nil {
			return statusPage{}, fmt.Errorf("listing the posts of %s at %s: %w", a.Handle, s.Host(), err)
		}
		cursor = from
	}
	query := url.Values{}
	if cursor != "" {
		query.Set("max_id", cursor)
	}
	return s.statuses(ctx, a, query)
}

// statuses reads one page of a's own posts, without the library for the reason that
// followingPage gives.
func (s *Server) statuses(ctx context.Context, a fediverse.Account, query url.Values) (statusPage, error) {
	query.Set("limit", strconv.Itoa(heldPage))
	query.Set("exclude_reblogs", "true")
	var statuses []loosejson.Maybe[statusEntity]
	header, err := s.get(ctx, "/api/v1/accounts/"+url.PathEscape(a.ID)+"/statuses", query, &statuses)
	next := ""
	if err == nil && len(statuses) > 0 {
		if next = nextCursor(header); next != "" && next == query.Get("max_id") {
			err = s.circle()
		}
	}
	if err != nil {
		return statusPage{}, fmt.Errorf("listing the posts of %s at %s: %w", a.Handle, s.Host(), err)
	}
	if err := s.checkURIs(loosejson.Values(statuses)); err != nil {
		return statusPage{}, err
	}
	page := statusPage{HeldPage: backfill.HeldPage{Next: next}}
	for _, st := range loosejson.Values(statuses) {
		if st.Reblog.Value == nil && string(st.Account.Value.ID) == a.ID && st.URI != "" {
			page.Posts = append(page.Posts, backfill.HeldPost{URI: string(st.URI), CreatedAt: st.CreatedAt.Time})
			if st.listed() {
				page.listed++
			}
		}
	}
	return page, nil
}

// nextCursor is the max_id of the next page in the Link headers; empty if there is
// none. The address itself is not used.
func nextCursor(h http.Header) string { return linkedID(h, "next", "max_id") }

// linkedID is a parameter of a page that the Link headers name.
func linkedID(h http.Header, relation, parameter string) string {
	for _, address := range httpheader.Links(h.Values("Link"), relation) {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		if id := u.Query().Get(parameter); id != "" && len(id) <= 100 && id == clean(id) {
			return id
		}
	}
	return ""
}

// HeldCount counts a's own public and unlisted posts on home, on at most maxPages
// pages of 40; more says that there are more.
func (s *Server) HeldCount(ctx context.Context, a fediverse.Account, maxPages int) (n int, more bool, err error) {
	cursor := ""
	for range maxPages {
		page, err := s.held(ctx, a, time.Time{}, cursor)
		if err != nil {
			return n, false, err
		}
		n += page.listed
		if cursor = page.Next; cursor == "" {
			return n, false, nil
		}
	}
	return n, true, nil
}

// Sample returns the newest page and the oldest page of a's own posts.
func (s *Server) Sample(ctx context.Context, a fediverse.Account) ([]backfill.HeldPost, error) {
	newest, err := s.statuses(ctx, a, url.Values{})
	if err != nil || newest.Next == "" {
		return newest.Posts, err
	}
	// ids of Mastodon are numbers; 0 is before them all
	oldest, err := s.statuses(ctx, a, url.Values{"min_id": {"0"}})
	if err != nil {
		if ifNotAnswered(err) == nil {
			return newest.Posts, nil // software that wants ids of another form
		}
		return nil, err
	}
	seen := make(map[string]bool, len(newest.Posts))
	for _, p := range newest.Posts {
		seen[p.URI] = true
	}
	posts := newest.Posts
	for _, p := range oldest.Posts {
		if !seen[p.URI] {
			posts = append(posts, p)
		}
	}
	return posts, nil
}

// idAfter is an id above those of all posts up to a second after t, or empty if
// home's ids do not contain dates.
func (s *Server) idAfter(ctx context.Context, a fediverse.Account, t time.Time) (string, error) {
	if t.UnixMilli() < 0 || strings.Trim(a.ID, "0123456789") != "" {
		return "", nil
	}
	sw, err := s.Software(ctx)
	if ifNotAnswered(err) != nil {
		return "", err
	}
	if err != nil || sw.Name != "mastodon" {
		return "", nil
	}
	return strconv.FormatInt((t.UnixMilli()+1000)<<16, 10), nil
}
