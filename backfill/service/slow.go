package service

import "time"

const (
	// mostWrong is how many wrong tokens an address may show in wrongPeriod: as many
	// as Mastodon allows passwords (config/initializers/rack_attack.rb,
	// throttle_login_attempts/ip).
	mostWrong   = 25
	wrongPeriod = 5 * time.Minute
	// mostClients is how many addresses are remembered.
	mostClients = 10_000
)

// wrongTokens counts the wrong tokens that come from each address. Mastodon would
// count them itself if it did not take us for the one who guesses, and does not
// throttle its own machine.
type wrongTokens struct{ clients *aging[string, *int] }

func newWrongTokens() wrongTokens {
	return wrongTokens{newAging[string, *int](mostClients, wrongPeriod)}
}

// suspect counts a token as wrong, before it is known whether it is. ok is false if
// there were too many; more may come at retryAt.
func (w wrongTokens) suspect(client string, now time.Time) (retryAt time.Time, ok bool) {
	n, since, known := w.clients.get(client, now)
	switch {
	case !known:
		n = new(int)
		w.clients.put(client, n, now)
	case *n >= mostWrong:
		return since.Add(wrongPeriod), false
	}
	*n++
	return time.Time{}, true
}

// clear takes back a suspicion.
func (w wrongTokens) clear(client string, now time.Time) {
	if n, _, known := w.clients.get(client, now); known && *n > 0 {
		*n--
	}
}
