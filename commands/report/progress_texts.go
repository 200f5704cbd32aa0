package report

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// barTexts are the texts after the bar, the longest first. The vital ones say how far a
// run over several accounts is: accounts, posts, rate and time left.
func (p *progress) barTexts(now time.Time) (texts, vital []string) {
	done, known, sure := p.posts()
	if known == 0 {
		return p.readingTexts(), nil
	}
	count := strconv.Itoa(done) + "/" + knownText(known, sure)
	speed, left, name := "", p.leftText(now), ""
	if rate := p.rate(now); rate > 0 {
		speed = "  " + rateText(rate)
	}
	if left != "" {
		left = "  " + left
	}
	if !p.idle() {
		name = "  " + handleText(p.current)
	}
	if !p.many() {
		return []string{count + speed + left + name, count + speed + left, count + left, count}, nil
	}
	accounts := p.accountsCount()
	all := accounts + " accounts  " + count + speed + left
	vital = []string{accounts + "  " + count + speed + left, accounts + "  " + strconv.Itoa(done) + speed + left}
	return slices.Concat([]string{all + name, all}, vital, []string{accounts + left, accounts}), vital
}

// readingTexts are the texts while no post is known.
func (p *progress) readingTexts() []string {
	accounts, short := "", ""
	if p.many() {
		accounts, short = p.accountsCount()+" accounts  ", p.accountsCount()+"  "
	}
	if p.idle() {
		return []string{accounts + "starting", short + "starting", "starting"}
	}
	return []string{accounts + "reading " + handleText(p.current), accounts + "reading", short + "reading", "reading"}
}

// accountsCount is "12/400": the accounts that are finished, and all of them.
func (p *progress) accountsCount() string {
	return strconv.Itoa(p.visited) + "/" + knownText(p.total(), p.accountsSure())
}

// leftText is how long the rest takes; empty if that is not known.
func (p *progress) leftText(now time.Time) string {
	left := p.left(now)
	if left <= 0 {
		return ""
	}
	text := durationText(left)
	if _, _, sure := p.posts(); sure == atLeast {
		text += "+"
	}
	return text
}

// narrowTerminal is the least number of columns at which a wait still gives its
// reason, cut short if necessary.
const narrowTerminal = 40

// waitTexts say why, for what and until when something waits, the longest first.
func (p *progress) waitTexts(w backfill.Waiting, now time.Time) []string {
	if w.Reason == "" {
		return p.plainWaitTexts(w, now)
	}
	done, known, sure := p.posts()
	reason := cleantext.Line(w.Reason, maxField)
	left := " (" + durationText(w.Until.Sub(now)) + ")"
	name := "waiting for " + cleantext.Line(w.On, maxName)
	long := name + " until " + clockTime(w.Until, now, time.TimeOnly) + left + ": " + reason
	short := name + left + ": " + reason
	texts := []string{long, short, "waiting" + left + ": " + reason}
	if known > 0 {
		count := fmt.Sprintf("%d/%s  ", done, knownText(known, sure))
		texts = []string{count + long, count + short, long, short, count + reason + left}
	}
	texts = append(texts, reason+left, cleantext.Cut(reason, narrowTerminal-1-len(left))+left)
	return slices.Concat(p.wholeWaitTexts(now, long, short), texts, p.plainWaitTexts(w, now))
}

// wholeWaitTexts add to what the run waits for how far it is as a whole, if it is about
// several accounts.
func (p *progress) wholeWaitTexts(now time.Time, waits ...string) []string {
	if !p.many() {
		return nil
	}
	done, known, sure := p.posts()
	accounts, count, left := p.accountsCount(), "  "+strconv.Itoa(done)+"/"+knownText(known, sure), ""
	if text := p.leftText(now); text != "" {
		left = "  " + text
	}
	if known == 0 {
		count = ""
	}
	var texts []string
	for _, wait := range waits {
		texts = append(texts, accounts+" accounts"+count+left+"  "+wait)
	}
	for _, wait := range waits {
		texts = append(texts, accounts+count+left+"  "+wait)
	}
	return texts
}

// plainWaitTexts say what the run is waiting for and until when, the longest first.
func (p *progress) plainWaitTexts(w backfill.Waiting, now time.Time) []string {
	done, known, sure := p.posts()
	until := "until " + clockTime(w.Until, now, time.TimeOnly)
	left := " (" + durationText(w.Until.Sub(now)) + ")"
	long := "waiting for " + cleantext.Line(w.On, maxName) + " " + until
	texts := []string{long + left, long, "waiting " + until + left, "waiting" + left}
	if known > 0 {
		texts = append([]string{fmt.Sprintf("%d/%s  %s", done, knownText(known, sure), texts[0])}, texts...)
	}
	return append(p.wholeWaitTexts(now, long+left, "waiting"+left), texts...)
}

// line says how far the run is: with one account that account, otherwise all.
func (p *progress) line(now time.Time) string {
	if w := p.waitingAt(now); w != nil {
		line := "waiting for " + cleantext.Line(w.On, maxName) + " until " + clockTime(w.Until, now, time.TimeOnly)
		if w.Reason != "" {
			line += ": " + cleantext.Line(w.Reason, maxField)
		}
		return p.wholeLine(now, "; ") + line
	}
	if p.idle() {
		return Plural(p.visited, "account", "accounts") + " visited, none under way"
	}
	if p.many() {
		return p.wholeLine(now, "")
	}
	a := p.open[p.current]
	if a == nil {
		return handleText(p.current) + ": reading"
	}
	line := handleText(a.handle) + ": " + postsText(a.settled, a.known(), a.sure())
	if rate := p.rate(now); rate > 0 {
		line += ", " + rateText(rate)
	}
	return line
}

// wholeLine says how far a run over several accounts is, followed by end; otherwise it
// is empty.
func (p *progress) wholeLine(now time.Time, end string) string {
	if !p.many() {
		return ""
	}
	line := fmt.Sprintf("%d of %s accounts", p.visited, knownText(p.total(), p.accountsSure()))
	done, known, sure := p.posts()
	switch {
	case known > 0:
		line += ", " + postsText(done, known, sure)
	case !p.idle():
		line += ", reading " + handleText(p.current)
	}
	if rate := p.rate(now); rate > 0 {
		line += ", " + rateText(rate)
	}
	if left := p.leftText(now); left != "" {
		line += ", " + left + " left"
	}
	return line + end
}

// postsText is "12 of 40 posts".
func postsText(done, known int, sure certainty) string {
	noun := "posts"
	if known == 1 && sure == exact {
		noun = "post"
	}
	return fmt.Sprintf("%d of %s %s", done, knownText(known, sure), noun)
}

func handleText(h fediverse.Handle) string { return cleantext.Line(h.String(), maxName) }

func knownText(known int, sure certainty) string {
	switch sure {
	case exact:
		return strconv.Itoa(known)
	case estimated:
		return "~" + strconv.Itoa(known)
	}
	return strconv.Itoa(known) + "+"
}
