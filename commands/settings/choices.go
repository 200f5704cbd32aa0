package settings

import (
	"strconv"
	"strings"

	"tootfill/backfill/limit"
)

// readChoices reads the settings that are right by themselves, once the config file
// is.
func (s *Settings) readChoices(p places) error {
	s.RestOnSecureOrigins, s.RespectIndexable = p.choose("rest_on_secure_origins").yes(), p.choose("respect_indexable").yes()
	for name, n := range map[string]*int{
		"listing.max_pages": &s.MaxPages, "listing.max_items": &s.MaxItems, "sidekiq.max_waiting": &s.MaxWaiting,
		"replies.threads": &s.Threads, "replies.per_post": &s.RepliesPerPost, "replies.per_account": &s.RepliesPerAccount,
		"service.per_user": &s.PerUser, "service.max_queued": &s.MaxQueued,
	} {
		var err error
		if *n, err = p.choose(name).count(); err != nil {
			return err
		}
	}
	return nil
}

// readRobots reads whether all of a robots.txt applies.
func (s *Settings) readRobots(p places) error {
	robots := p.choose("listing.robots")
	if robots.value != "" && robots.value != "strict" {
		return robots.wrong(`leave it out, or write robots = "strict"`, `%q is not one of "strict" and ""`, robots.value)
	}
	s.StrictRobots = robots.value == "strict"
	return nil
}

// readLatency reads how far Sidekiq may be behind.
func (s *Settings) readLatency(p places) (err error) {
	text := p.choose("sidekiq.max_latency")
	if s.MaxLatency, err = limit.ParseSpan(text.value); err != nil {
		return text.wrong("write it like 60s or 5m", "%v", err)
	}
	if s.MaxLatency <= 0 {
		return text.wrong("write it like 60s or 5m", "must be above 0")
	}
	return nil
}

// readAccountLimit reads how often an account may be backfilled. The burst may stand
// beside the limit or in it.
func (s *Settings) readAccountLimit(p places) error {
	text, burst := p.choose("limits.per_account"), p.choose("limits.per_account_burst")
	l, err := limit.Parse(text.value)
	if burst.isSet() && err == nil {
		n, wrong := burst.count()
		switch {
		case wrong != nil:
			return wrong
		case strings.Contains(text.value, "burst") && n != l.Burst:
			return text.wrong("", "its burst is %d, but limits.per_account_burst is %d: leave one of them out", l.Burst, n)
		}
		l.Burst = n
		err = l.Valid()
	}
	if err != nil {
		return text.wrong("", "%v", err)
	}
	s.Limit = l
	if !burst.isSet() {
		text.key, text.value = burst.key, strconv.Itoa(l.Burst)
		s.note(text)
	}
	return nil
}

// readHomeRate reads how fast home is asked.
func (s *Settings) readHomeRate(p places) (err error) {
	home := p.choose("limits.home")
	if s.HomeRate, err = limit.ParseRate(home.value); err != nil {
		return home.wrong("", "%v", err)
	}
	return nil
}

// readOriginRate reads how fast each origin is asked.
func (s *Settings) readOriginRate(p places) error {
	origin := p.choose("limits.origin")
	rate, err := limit.ParseRate(origin.value)
	if err != nil || rate <= 0 {
		return origin.wrong("", `"%s" is not a rate: write a number above 0 with /s, such as 2/s or 0.5/s`, origin.value)
	}
	s.OriginRate = float64(rate)
	return nil
}
