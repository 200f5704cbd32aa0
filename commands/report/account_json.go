package report

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"tootfill/backfill"
)

// accountLine is what `tootfill lookup --json` writes for each account.
type accountLine struct {
	Type        string `json:"type"`
	Account     string `json:"account"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	Following   bool   `json:"following"`
	Requested   bool   `json:"requested"`
	// Held counts the posts that home has, null without a token to ask it and
	// without the right to read its database; HeldMore says that there are more,
	// which were not counted.
	Held     *int `json:"held"`
	HeldMore bool `json:"held_more"`
	// OriginSoftware and OriginVersion are empty where unknown.
	OriginSoftware string `json:"origin_software"`
	OriginVersion  string `json:"origin_version"`
	// OriginCount is what the origin says it has, with boosts and posts for
	// followers only; null where it does not say.
	OriginCount *int `json:"origin_count"`
	// Outbox is "readable", or why it is not; empty for local accounts.
	Outbox       string           `json:"outbox"`
	Routes       []backfill.Route `json:"routes"`
	LastBackfill *time.Time       `json:"last_backfill"`
	// NextAllowed is null if a backfill may begin now.
	NextAllowed *time.Time `json:"next_allowed"`
	// Indexable is whether searches may find the account; null if it does not say.
	Indexable *bool `json:"indexable"`
	// MovedTo is the URI or the handle of the account's new place, null if it
	// has not moved.
	MovedTo *string `json:"moved_to"`
	// Listing is the kind of listing that could be read, empty if none could;
	// Shortfall is why it may have less than the account has posted, empty if there
	// is no reason to think so.
	Listing   string         `json:"listing"`
	Shortfall backfill.Cause `json:"shortfall"`
	// Group is whether the account is a group, such as a community of Lemmy;
	// BoostsOnly whether all posts on the first page of the listing are boosts.
	Group      bool `json:"group"`
	BoostsOnly bool `json:"boosts_only"`
}

func (a Account) writeJSON(w io.Writer) error {
	line := accountLine{
		Type: "account", Account: a.Account.Handle.String(), ID: a.Account.ID,
		DisplayName: strings.ToValidUTF8(a.Account.DisplayName, "\ufffd"),
		Following:   a.Standing.Following, Requested: a.Standing.Requested,
		HeldMore:       a.HeldMore,
		OriginSoftware: a.Origin.Software, OriginVersion: a.Origin.Version,
		Outbox: a.Origin.Outbox, Routes: append([]backfill.Route{}, a.Routes...),
		LastBackfill: timeOrNull(a.Last), NextAllowed: timeOrNull(a.Next),
		Indexable: a.Origin.Actor.Indexable, Listing: a.Origin.Listing, Shortfall: a.Origin.Shortfall,
		Group: a.Origin.Actor.Group, BoostsOnly: a.Origin.BoostsOnly,
	}
	if a.Held >= 0 {
		line.Held = &a.Held
	}
	if moved := a.movedTo(); moved != "" {
		line.MovedTo = &moved
	}
	if a.Origin.Count >= 0 {
		line.OriginCount = &a.Origin.Count
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(line)
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
