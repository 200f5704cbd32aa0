package report

import (
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// barTexts are the texts after the bar, the longest first.
func (p *progress) barTexts(now time.Time) []string {
	done, known, sure := p.posts()
	if known == 0 {
		if p.idle() {
			return []string{"starting"}
		}
		return []string{"reading " + handleText(p.current), "reading"}
	}
	count := strconv.Itoa(done) + "/" + knownText(known, sure)
	rate, left := p.rate(now), ""
	if rate > 0 && known > done {
		left = "  " + durationText(time.Duration(float64(known-done)/rate*float64(time.Second)))
		if sure == atLeast {
			left += "+"
		}
	}
	name := ""
	if !p.idle() {
		name = "  " + handleText(p.current)
	}
	speed := ""
	if rate > 0 {
		speed = "  " + rateText(rate)
	}
	return []string{count + speed + left + name, count + speed + left, count + left, count}
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
	return append(texts, p.plainWaitTexts(w, now)...)
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
	return texts
}

// line says how far the current account is.
func (p *progress) line(now time.Time) string {
	if w := p.waitingAt(now); w != nil {
		line := "waiting for " + cleantext.Line(w.On, maxName) + " until " + clockTime(w.Until, now, time.TimeOnly)
		if w.Reason != "" {
			line += ": " + cleantext.Line(w.Reason, maxField)
		}
		return line
	}
	if p.idle() {
		return Plural(p.visited, "account", "accounts") + " visited, none under way"
	}
	i := p.find(p.current)
	if i < 0 {
		return handleText(p.current) + ": reading"
	}
	a := p.accounts[i]
	noun := "posts"
	if a.known() == 1 && a.all {
		noun = "post"
	}
	line := fmt.Sprintf("%s: %d of %s %s", handleText(a.handle), a.settled, knownText(a.known(), a.sure()), noun)
	if rate := p.rate(now); rate > 0 {
		line += ", " + rateText(rate)
	}
	return line
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
