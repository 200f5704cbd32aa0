package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// epoch returns the day on which the demo world was written. The world is the same
// at every start, unless the clock shows an earlier day (as in testing/synctest,
// which begins in the year 2000): then it moves to the day before that.
func epoch(now time.Time) time.Time {
	written := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	if yesterday := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1); yesterday.Before(written) {
		return yesterday
	}
	return written
}

// buildDemo makes the world that tootfill --sandbox shows.
func (s *Sandbox) buildDemo() {
	photos, notes := s.AddOrigin("photos.example"), s.AddOrigin("notes.example")
	words := s.AddOrigin("words.example", WebDomain("social.words.example"), NumericIDs())
	closed := s.AddOrigin("closed.example")
	closed.SetHidden(true)
	notes.SetSoftware("mastodon", "4.4.8")

	ana := words.AddAccount(Profile{Username: "ana", DisplayName: "Ana Śliwińska", Bio: "Reads aloud, translates, walks. Słowa i spacery.", Followers: 311})
	ben := notes.AddAccount(Profile{Username: "ben", DisplayName: "Ben", Bio: "Small notes from a small garden.", Followers: 87})
	carl := photos.AddAccount(Profile{Username: "carl", DisplayName: "Carl 🚲", Bio: "Bridges and bicycles.", Followers: 45})
	gallery := photos.AddAccount(Profile{Username: "gallery", DisplayName: "The Gallery", Followers: 1204,
		Bio: "One photograph at a time, since 2021. Licht, lumière, 光.", Fields: [][2]string{{"Camera", "an old one"}, {"Pronouns", "we"}}})
	quiet := notes.AddAccount(Profile{Username: "quiet", DisplayName: "Quiet", Bio: "Just listening."})
	hermit := notes.AddAccount(Profile{Username: "hermit", DisplayName: "Hermit", Bio: "What I say is for now. #nobackfill", Unlisted: true})
	locked := notes.AddAccount(Profile{Username: "locked", DisplayName: "Behind the hedge", Bio: "Ask first.", Locked: true})
	secret := closed.AddAccount(Profile{Username: "secret", DisplayName: "Secret", Bio: "Members only."})

	end := epoch(s.clock.Now())
	s.tell(ana, 45, end.Add(-30*time.Hour), 11*24*time.Hour)
	s.tell(ben, 60, end.Add(-14*24*time.Hour), 17*24*time.Hour)
	s.tell(carl, 30, end.Add(-50*time.Hour), 9*24*time.Hour)
	s.tell(hermit, 10, end.Add(-40*time.Hour), 5*24*time.Hour)
	s.tell(locked, 8, end.Add(-60*time.Hour), 20*24*time.Hour)
	s.tell(secret, 12, end.Add(-70*time.Hour), 15*24*time.Hour)
	s.hang(gallery, ben, end.Add(-9*time.Hour))
	s.boosts(gallery, end, ana, carl)

	for _, a := range []*Account{ana, quiet, ben, hermit, secret, gallery} {
		s.home.Follow(a)
	}
	s.home.RequestFollow(locked)
	s.home.HoldNewest(gallery, 8)
	s.home.HoldNewest(ben, 5)
	s.home.HoldNewest(ana, 3)
	s.home.HoldNewest(secret, 2)
}

// steps returns n times, newest first, on average a step and never less than half
// a step apart.
func steps(r *rand.Rand, n int, newest time.Time, step time.Duration) []time.Time {
	times := make([]time.Time, n)
	at := newest
	for i := range times {
		times[i] = at
		at = at.Add(-step/2 - time.Duration(r.Int64N(int64(step)))).Truncate(time.Second)
	}
	return times
}

// drawOf returns an account's own random source, the same at every start.
func drawOf(a *Account) *rand.Rand { return randomOf(a.Handle().String()) }

// tell writes n plain posts, every seventh of them unlisted.
func (s *Sandbox) tell(a *Account, n int, newest time.Time, step time.Duration) {
	r := drawOf(a)
	for i, at := range steps(r, n, newest, step) {
		note := Note{Content: sentence(r), Published: at}
		if i%7 == 3 {
			note.Audience = Unlisted
		}
		a.AddPost(note)
	}
}

// hang fills the gallery: 138 posts over some five years, including some that no
// backfill may take and some that cause trouble.
func (s *Sandbox) hang(a, friend *Account, newest time.Time) {
	const n = 138
	r := drawOf(a)
	times := steps(r, n, newest, 14*24*time.Hour)
	friends := friend.Posts()
	var above *Post
	for i := n - 1; i >= 0; i-- {
		note := Note{Content: sentence(r) + " #photography", Published: times[i], Tags: []string{"photography"}}
		switch i {
		case 12:
			note.Edited = times[i].Add(3 * time.Hour)
		case 17:
			note.Undated = true
		case 30, 61, 90, 101:
			note.Audience = Followers
		case 55:
			note.Audience = Mentioned
		case 39, 38: // a thread of three posts
			note.InReplyTo = above.URI()
		case 1, 3, 6, 9:
			note.InReplyTo = friends[min(i/2+1, len(friends)-1)].URI()
		}
		if i%9 == 5 && note.Audience == Everyone {
			note.Audience = Unlisted
		}
		above = a.AddPost(note)
		if i == 23 {
			above.Vanish()
		}
	}
}

// boosts adds a dozen boosts, three of them of the account's own posts.
func (s *Sandbox) boosts(a *Account, end time.Time, others ...*Account) {
	own := a.Posts()
	for i := range 12 {
		at := end.Add(-time.Duration(20+i*i*9) * 24 * time.Hour)
		if i%4 == 3 {
			a.Boost(own[60+i], at)
			continue
		}
		posts := others[i%len(others)].Posts()
		a.Boost(posts[i%len(posts)], at)
	}
}

// sentence makes up what a friendly stranger might write.
func sentence(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	return fmt.Sprintf("%s %s. %s", pick(subjects), pick(places), pick(remarks))
}

var (
	subjects = []string{
		"Morning fog", "Two herons", "The last tram", "Fresh snow", "A row of lanterns", "Wild garlic", "An open window",
		"Low tide", "The night market", "A sleeping cat", "Bicycles and rain", "Old ferry tickets", "First cherry blossoms", "Long shadows",
	}
	places = []string{
		"by the canal", "in Málaga", "near Łódź", "above the harbour", "at Grünau station", "on the way home", "behind the bakery",
		"in Kyōto 京都", "along the Seine", "under the viaduct", "in my grandmother's garden", "at Þingvellir", "outside the library",
	}
	remarks = []string{
		"I stood there longer than I had planned.", "The light did all the work.", "Ça sent le printemps.", "No filter, just luck.",
		"Someone was singing nearby.", "Worth the cold hands.", "Morgen vielleicht wieder.", "I had the wrong lens, as always.",
		"Tea afterwards. ☕", "You can almost hear it.", "Mañana más.", "It was gone a minute later.",
	}
)
