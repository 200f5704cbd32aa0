package commands

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// accountLine is what `tootfill lookup --json` writes for each account.
type accountLine struct {
	Type        string `json:"type"`
	Account     string `json:"account"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	Following   bool   `json:"following"`
	Requested   bool   `json:"requested"`
	// Held counts the posts that home has, null with neither a token to ask it
	// nor a right to read its database; HeldMore says that there are more, which were not counted.
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
	// Indexable is whether the account wants to be found by searches; null if
	// it does not say.
	Indexable *bool `json:"indexable"`
	// MovedTo is the URI or the handle of the account's new place, null if it
	// has not moved.
	MovedTo *string `json:"moved_to"`
	// Listing is the kind of listing that could be read, empty if none could;
	// Shortfall is why it may have less than the account has posted, empty if
	// nothing speaks for that.
	Listing   string         `json:"listing"`
	Shortfall backfill.Cause `json:"shortfall"`
	// Group is whether the account is a group, such as a community of Lemmy;
	// BoostsOnly whether all posts on the first page of the listing are boosts.
	Group      bool `json:"group"`
	BoostsOnly bool `json:"boosts_only"`
}

func (k known) writeJSON(w io.Writer) error {
	line := accountLine{
		Type: "account", Account: k.account.Handle.String(), ID: k.account.ID,
		DisplayName: strings.ToValidUTF8(k.account.DisplayName, "\ufffd"),
		Following:   k.standing.Following, Requested: k.standing.Requested,
		HeldMore:       k.heldMore,
		OriginSoftware: k.origin.Software, OriginVersion: k.origin.Version,
		Outbox: k.origin.Outbox, Routes: append([]backfill.Route{}, k.routes...),
		LastBackfill: timeOrNull(k.last), NextAllowed: timeOrNull(k.next),
		Indexable: k.origin.Actor.Indexable, Listing: k.origin.Source, Shortfall: k.origin.Shortfall,
		Group: k.origin.Actor.Group, BoostsOnly: k.origin.BoostsOnly,
	}
	if k.held >= 0 {
		line.Held = &k.held
	}
	if moved := k.movedTo(); moved != "" {
		line.MovedTo = &moved
	}
	if k.origin.Count >= 0 {
		line.OriginCount = &k.origin.Count
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

// nameWidth is how much of a text of a server is shown in one line, in columns.
const nameWidth = 60

func (k known) writeText(w io.Writer, further bool, now time.Time) error {
	var b strings.Builder
	if further {
		b.WriteString("\n")
	}
	fmt.Fprintln(&b, k.account.Handle)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range k.rows(now) {
		fmt.Fprintf(table, "  %s\t%s\n", row[0], row[1])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rows are the labels with their texts.
func (k known) rows(now time.Time) [][2]string {
	rows := [][2]string{
		{"name", cleantext.Line(k.account.DisplayName, nameWidth)},
		{"id on home", cmp.Or(cleantext.Line(k.account.ID, nameWidth), "none: home does not know it")},
		{"following", k.followingText()},
		{"held posts", k.heldText()},
	}
	if k.account.Local {
		return append(rows, [2]string{"origin", "the home server itself; there is nothing to backfill"})
	}
	if moved := k.movedTo(); moved != "" {
		rows = append(rows, [2]string{"moved to", cleantext.Line(moved, errorWidth)})
	}
	if i := k.origin.Actor.Indexable; i != nil && !*i {
		rows = append(rows, [2]string{"indexable", "asks not to be indexed"})
	}
	if text := k.groupText(); text != "" {
		rows = append(rows, [2]string{"kind", text})
	}
	return append(rows,
		[2]string{"origin", cleantext.Line(k.originText(), nameWidth)},
		[2]string{"origin says", k.countText()},
		[2]string{"outbox", k.outboxText()},
		[2]string{"routes", k.routesText()},
		[2]string{"last backfill", whenText(k.last, now, "never")},
		[2]string{"next allowed", k.nextText(now)},
	)
}

// groupText is what there is to know of an account that posts by boosting.
func (k known) groupText() string {
	switch {
	case k.origin.Actor.Group && k.origin.BoostsOnly:
		return "a group that boosts what its members post: --boosts imports those posts"
	case k.origin.Actor.Group:
		return "a group; what it boosts is imported with --boosts"
	case k.origin.BoostsOnly:
		return "its latest posts are all boosts: --boosts imports them"
	}
	return ""
}

func (k known) followingText() string {
	switch {
	case k.standing.Following:
		return "yes"
	case k.standing.Requested:
		return "requested, not accepted yet"
	}
	return "no"
}

// movedTo is where the account lives now, by its origin or else by home; "" if
// it has not moved.
func (k known) movedTo() string {
	if k.origin.Actor.MovedTo != "" {
		return k.origin.Actor.MovedTo
	}
	if k.account.MovedTo != (fediverse.Handle{}) {
		return k.account.MovedTo.String()
	}
	return ""
}

func (k known) heldText() string {
	switch {
	case k.held < 0 && k.heldHint != "":
		return "unknown: " + cleantext.Line(k.heldHint, errorWidth)
	case k.held < 0:
		return "unknown without an access token"
	}
	if k.heldMore {
		return fmt.Sprintf("%d+", k.held)
	}
	return fmt.Sprint(k.held)
}

func (k known) originText() string {
	if k.origin.Software == "" {
		return k.account.Handle.Domain + ", software unknown"
	}
	return strings.TrimSpace(k.origin.Software + " " + k.origin.Version)
}

func (k known) countText() string {
	if k.origin.Count < 0 {
		return "nothing about how many posts there are"
	}
	if k.origin.AtLeast {
		return fmt.Sprintf("at least %d (its outbox has only the latest posts, and counts no others)", k.origin.Count)
	}
	return fmt.Sprintf("about %d (the origin's count includes boosts and followers-only posts)", k.origin.Count)
}

func (k known) outboxText() string {
	if k.origin.Outbox == activitypub.Readable || k.origin.Err == nil {
		text := k.origin.Outbox
		if source := k.origin.Source; source != "" && source != activitypub.ListingOutbox {
			text = "not usable; the posts are listed by " + source
		}
		text += shortfallText(k.origin.Shortfall)
		if k.origin.Further != "" {
			text += ", the others are listed by " + k.origin.Further
		}
		return cleantext.Line(text, errorWidth)
	}
	return cleantext.Line(fmt.Sprintf("%s (%v)", k.origin.Outbox, k.origin.Err), errorWidth)
}

// shortfallText says what a listing leaves out.
func shortfallText(c backfill.Cause) string {
	switch c {
	case "":
		return ""
	case backfill.Empty, backfill.Moved:
		return "; it lists no posts"
	case backfill.Hidden:
		return "; it hides the posts"
	case backfill.Capped:
		return "; it lists only the latest posts"
	}
	return " (" + string(c) + ")"
}

func (k known) routesText() string {
	if tag := k.optOut(); tag != "" {
		return "none: the account has opted out (" + tag + " in the profile)"
	}
	if k.standing.Refusal != "" {
		return "none: " + cleantext.Line(k.standing.Refusal, errorWidth)
	}
	if len(k.routes) == 0 {
		return "none; read it at " + cleantext.Line(k.account.URL, errorWidth)
	}
	words := make([]string, len(k.routes))
	for i, r := range k.routes {
		words[i] = string(r)
		if r == backfill.RouteRequest {
			words[i] += " (if home offers it)"
		}
	}
	return strings.Join(words, ", ")
}

func (k known) nextText(now time.Time) string {
	if k.next.IsZero() || !k.next.After(now) {
		return "now"
	}
	return minuteTime(k.next, now)
}

func whenText(t, now time.Time, otherwise string) string {
	if t.IsZero() {
		return otherwise
	}
	return clockTime(t, now, "15:04")
}
