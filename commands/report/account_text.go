package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// nameWidth bounds how much of a server's text is shown in one line, in columns.
const nameWidth = 60

func (s Streams) writeAccountText(a Account, further bool, now time.Time) error {
	above := ""
	if further {
		above = "\n"
	}
	rows := a.rows(now)
	for i := range rows {
		rows[i][1] = s.inLocale(rows[i][1])
	}
	columns := terminalWidth(s.Stdout)
	_, err := io.WriteString(s.Stdout, above+wrap(a.Account.Handle.String(), columns)+"\n"+labelled(rows, "  ", columns))
	return err
}

// rows are the labels with their texts.
func (a Account) rows(now time.Time) [][2]string {
	rows := [][2]string{
		{"name", cleantext.Line(a.Account.DisplayName, nameWidth)},
		{"id on home", cmp.Or(cleantext.Line(a.Account.ID, nameWidth), "none: home does not know it")},
		{"following", a.followingText()},
		{"held posts", a.heldText()},
	}
	if a.Account.Local {
		return append(rows, [2]string{"origin", "the home server itself; there is nothing to backfill"})
	}
	if moved := a.movedTo(); moved != "" {
		rows = append(rows, [2]string{"moved to", cleantext.Line(moved, maxField)})
	}
	if i := a.Origin.Actor.Indexable; i != nil && !*i {
		rows = append(rows, [2]string{"indexable", "asks not to be indexed"})
	}
	if text := a.groupText(); text != "" {
		rows = append(rows, [2]string{"kind", text})
	}
	return append(rows,
		[2]string{"origin", cleantext.Line(a.originText(), nameWidth)},
		[2]string{"origin says", a.countText()},
		[2]string{"outbox", a.outboxText()},
		[2]string{"routes", a.routesText()},
		[2]string{"last backfill", whenText(a.Last, now, "never")},
		[2]string{"next allowed", a.nextText(now)},
	)
}

// groupText describes an account that posts by boosting.
func (a Account) groupText() string {
	switch {
	case a.Origin.Actor.Group && a.Origin.BoostsOnly:
		return "a group that boosts what its members post: " + a.BoostsHint
	case a.Origin.Actor.Group:
		return "a group, which may boost what its members post: " + a.BoostsHint
	case a.Origin.BoostsOnly:
		return "its latest posts are all boosts: " + a.BoostsHint
	}
	return ""
}

func (a Account) followingText() string {
	switch {
	case a.Standing.Following:
		return "yes"
	case a.Standing.Requested:
		return "requested, not accepted yet"
	}
	return "no"
}

// movedTo is where the account lives now, according to its origin or else to home;
// empty if it has not moved.
func (a Account) movedTo() string {
	if a.Origin.Actor.MovedTo != "" {
		return a.Origin.Actor.MovedTo
	}
	if a.Account.MovedTo != (fediverse.Handle{}) {
		return a.Account.MovedTo.String()
	}
	return ""
}

func (a Account) heldText() string {
	switch {
	case a.Held < 0 && a.HeldHint != "":
		return "unknown: " + cleantext.Line(a.HeldHint, maxField)
	case a.Held < 0:
		return "unknown without an access token"
	}
	if a.HeldMore {
		return fmt.Sprintf("%d+", a.Held)
	}
	return fmt.Sprint(a.Held)
}

func (a Account) originText() string {
	if a.Origin.Software == "" {
		return a.Account.Handle.Domain + ", software unknown"
	}
	return strings.TrimSpace(a.Origin.Software + " " + a.Origin.Version)
}

func (a Account) countText() string {
	if a.Origin.Count < 0 {
		return "nothing about how many posts there are"
	}
	if a.Origin.AtLeast {
		return fmt.Sprintf("at least %d (its outbox has and counts only the latest posts)", a.Origin.Count)
	}
	return fmt.Sprintf("about %d (the origin's count includes boosts and followers-only posts)", a.Origin.Count)
}

func (a Account) outboxText() string {
	if a.Origin.Readable() || a.Origin.Err == nil {
		text := a.Origin.Outbox
		if listing := a.Origin.Listing; listing != "" && listing != outboxListing {
			text = "not usable; the posts are listed by " + listing
		}
		text += shortfallText(a.Origin.Shortfall)
		if a.Origin.Further != "" {
			text += ", the others are listed by " + a.Origin.Further
		}
		return cleantext.Line(text, maxField)
	}
	return cleantext.Line(fmt.Sprintf("%s (%v)", a.Origin.Outbox, a.Origin.Err), maxField)
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

func (a Account) routesText() string {
	if tag := a.OptOut; tag != "" {
		return "none: the account has opted out (" + tag + " in the profile)"
	}
	if a.Standing.Refusal != "" {
		return "none: " + cleantext.Line(a.Standing.Refusal, maxField)
	}
	if len(a.Routes) == 0 {
		return "none; read it at " + cleantext.Line(a.Account.URL, maxField)
	}
	words := make([]string, len(a.Routes))
	for i, r := range a.Routes {
		words[i] = string(r)
		if r == backfill.RouteRequest {
			words[i] += " (if home offers it)"
		}
	}
	return strings.Join(words, ", ")
}

func (a Account) nextText(now time.Time) string {
	if a.Next.IsZero() || !a.Next.After(now) {
		return "now"
	}
	return minuteTime(a.Next, now)
}

func whenText(t, now time.Time, otherwise string) string {
	if t.IsZero() {
		return otherwise
	}
	return clockTime(t, now, "15:04")
}
