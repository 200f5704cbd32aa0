package report

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

// Plan is what a big run will take.
type Plan struct {
	backfill.Forecast
	// Listed is how many accounts the lists have, as far as they say; All says that
	// the forecast is about all of them.
	Listed int
	All    bool
	// Home is the home server, and Pace how fast it may be asked; zero if nothing is
	// known to limit that.
	Home string
	Pace limit.Pace
	// MaxTime is how long the run may take; 0 means that this is not limited.
	MaxTime time.Duration
}

// Whole is the plan for all accounts of the lists. Those that were not foreseen are
// taken to be like the others.
func (p Plan) Whole() Plan {
	if p.All || p.Accounts == 0 || p.Listed <= p.Accounts {
		return p
	}
	scale := func(n int) int { return int(float64(n) / float64(p.Accounts) * float64(p.Listed)) }
	p.Posts, p.Requests, p.Uncounted = scale(p.Posts), scale(p.Requests), scale(p.Uncounted)
	return p
}

// String is one line, such as "400 accounts, about 40,000 posts (1,200 known so far):
// 11 h at 300 requests per 5 minutes".
func (p Plan) String() string {
	whole := p.Whole()
	text, open := whole.accountsText()
	if n := whole.Uncounted; n > 0 {
		text += ", " + thousands(n) + " of them with an unknown number of posts"
	}
	if n := whole.shown(); n > 0 {
		text += ", " + sizeText(thousands(n)+" "+noun(n, "post", "posts"), whole.AtMost, open)
	}
	if p.Known > 0 && p.Known != whole.Posts {
		text += " (" + thousands(p.Known) + " known so far)"
	}
	return text + ": " + whole.timeText(open)
}

// timeText says how long that takes.
func (p Plan) timeText(open bool) string {
	if p.Pace.PerSecond() == 0 {
		return "as fast as " + p.Home + " takes them"
	}
	text, took := "at "+p.Pace.String(), p.Pace.Time(p.Requests)
	if took > 0 {
		long := longText(took)
		if p.AtMost || open {
			long = sizeText(long, p.AtMost, open)
		}
		text = long + " " + text
	}
	if p.MaxTime > 0 && took > p.MaxTime {
		text += "; --max-time ends the run after " + durationText(p.MaxTime)
	}
	return text
}

// accountsText says how many accounts there are; open says that there may be more.
func (p Plan) accountsText() (text string, open bool) {
	switch {
	case p.All:
		return thousands(p.Accounts) + " " + noun(p.Accounts, "account", "accounts"), p.Uncounted > 0
	case p.Listed > p.Accounts:
		return "about " + thousands(rounded(p.Listed)) + " accounts", p.Uncounted > 0
	}
	return "more than " + thousands(p.Accounts) + " accounts", true
}

// sizeText says how to take a number or a time.
func sizeText(size string, atMost, open bool) string {
	switch {
	case atMost && open:
		return "about " + size + " or more"
	case open:
		return "at least " + size
	case atMost:
		return "at most " + size
	}
	return "about " + size
}

// shown is the number of posts; one that is only about right is rounded.
func (p Plan) shown() int {
	if p.AtMost || p.Uncounted > 0 {
		return p.Posts
	}
	return rounded(p.Posts)
}

// rounded is n with two digits that count.
func rounded(n int) int {
	if n < 100 {
		return n
	}
	unit := math.Pow(10, math.Floor(math.Log10(float64(n)))-1)
	return int(math.Round(float64(n)/unit) * unit)
}

// thousands is "40,000".
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// longText is "45 min", "11 h" or "3 days".
func longText(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(math.Ceil(d.Minutes())))
	case d < 72*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
