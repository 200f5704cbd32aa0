package activitypub

import (
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fetch"
)

// maxTopTag is the length of the longest tag of a page, in bytes.
const maxTopTag = 4 << 10

// topTag stands for the top page of an outbox that was read, as a [backfill.Page]
// carries it: with it, a later walk asks for that page alone, and only for what has
// changed.
type topTag struct {
	Outbox  string `json:"outbox"`
	Address string `json:"page"`
	// Inline says that the page is the outbox itself.
	Inline     bool             `json:"inline,omitempty"`
	Validators fetch.Validators `json:"validators,omitzero"`
	// Total and Items are the entries that the outbox claims to have, and those on
	// the page. Single and Capped are those of an outbox and its listings.
	Total  int  `json:"total"`
	Items  int  `json:"items"`
	Single int  `json:"single,omitempty"`
	Capped bool `json:"capped,omitempty"`
}

// String is empty for a page that cannot be asked for again.
func (t topTag) String() string {
	if t.Items == 0 || t.Address == "" {
		return ""
	}
	return backfill.FactText(t, maxTopTag)
}

// tagOf reads a tag of this outbox; the zero tag if it is none.
func (o *outbox) tagOf(text string) topTag {
	t, ok := backfill.ReadFact[topTag](text, maxTopTag)
	if !ok || t.Outbox != o.actor.outbox || t.Items <= 0 || t.Items > maxEntries || t.Single < 0 || t.Single > t.Items || o.check(t.Address) != nil {
		return topTag{}
	}
	return t
}

// isSteady reports whether the page is the top of the outbox for good, so that the
// outbox need not be asked where its top is. Some outboxes name a page that begins
// at the time of asking (Ghost: cursor=NOW), and the totals of others are needed
// (see isCapped).
func (t topTag) isSteady() bool {
	if t.Inline || t.Address == "" || onWordPress(t.Address) || likeFriendica(t.Address) {
		return false
	}
	page, err := url.Parse(t.Address)
	outbox, rootErr := url.Parse(t.Outbox)
	if err != nil || rootErr != nil || page.EscapedPath() != outbox.EscapedPath() {
		return false
	}
	known := outbox.Query()
	for key, values := range page.Query() {
		for i, v := range values {
			if i < len(known[key]) && known[key][i] == v {
				continue
			}
			if !isSteadyValue(key, v) {
				return false
			}
		}
	}
	return true
}

// isSteadyValue reports whether a part of a page's address says no more than that it is
// a page, the first one, or how long it is. Where pages are counted from the oldest,
// the top is page 12 now, and page 13 as soon as page 12 is full.
func isSteadyValue(key, value string) bool {
	switch value {
	case "true", "0", "1":
		return true
	}
	switch key {
	case "limit", "count", "size", "per_page", "page_size":
		return value != "" && len(value) <= 3 && strings.Trim(value, "0123456789") == ""
	}
	return false
}

// known are the validators for the page at an address.
func (t topTag) known(address string) fetch.Validators {
	if address != t.Address {
		return fetch.Validators{}
	}
	return t.Validators
}

// unchanged is the answer that the page is still the one that was read.
func (o *outbox) unchanged(t topTag) backfill.Page {
	o.pages.add(t.Outbox)
	o.pages.add(t.Address)
	o.trail.read++
	o.items += t.Items
	o.total, o.inline, o.single = t.Total, t.Inline, t.Single
	o.latest = visit{address: t.Address, validators: t.Validators}
	return backfill.Page{Total: max(t.Total, 0)}
}

// tag stands for the top page that was just read.
func (o *outbox) tag(page backfill.Page, capped bool) string {
	return topTag{
		Outbox: o.actor.outbox, Address: o.latest.address, Inline: o.inline, Validators: o.latest.validators,
		Total: o.total, Items: page.Items, Single: o.single, Capped: capped,
	}.String()
}
