package settings

import (
	"cmp"
	"time"

	"tootfill/backfill/limit"
)

// The defaults of route sidekiq: the people who use the server come first.
const (
	defaultMaxWaiting = 200
	defaultMaxLatency = 60 * time.Second
)

// readChoices reads the settings for reading listings and for sparing Sidekiq.
func (s *Settings) readChoices(file configFile, getenv func(string) string) (err error) {
	s.RestOnSecureOrigins, s.RespectIndexable = file.RestOnSecure, file.RespectIndexable
	s.MaxPages, s.MaxItems = file.Listing.MaxPages, file.Listing.MaxItems
	if s.StrictRobots, err = readRobots(file); err != nil {
		return err
	}
	s.MaxWaiting = cmp.Or(file.Sidekiq.MaxWaiting, defaultMaxWaiting)
	s.MaxLatency = defaultMaxLatency
	if text := file.Sidekiq.MaxLatency; text != "" {
		if s.MaxLatency, err = limit.ParseSpan(text); err != nil {
			return wrongf("write it like 60s or 5m", "%s: sidekiq.max_latency: %v", file.path, err)
		}
		if s.MaxLatency <= 0 {
			return wrongf("write it like 60s or 5m", "%s: sidekiq.max_latency must be above 0", file.path)
		}
	}
	s.Threads, s.RepliesPerPost, s.RepliesPerAccount = file.Replies.Threads, file.Replies.PerPost, file.Replies.PerAccount
	if s.Signing, err = readSigning(file, getenv); err != nil {
		return err
	}
	s.Never, err = readNever(file, getenv)
	return err
}

// readRobots reads whether all of a robots.txt applies.
func readRobots(file configFile) (strict bool, err error) {
	switch file.Listing.Robots {
	case "":
		return false, nil
	case "strict":
		return true, nil
	}
	return false, wrongf(`leave it out, or write robots = "strict"`, "%s: listing.robots: %q is not one of \"strict\" and \"\"", file.path, file.Listing.Robots)
}
