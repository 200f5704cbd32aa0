package commands

import (
	"strings"

	"tootfill/backfill"
)

// hintSentences has the words for each kind of advice. %s is what it is about.
var hintSentences = map[backfill.HintKind]string{
	backfill.UseResolve:        "use --via resolve",
	backfill.LeaveRouteOpen:    "use --via resolve, or leave --via out",
	backfill.ResolveHeedsDates: "--via resolve heeds them",
	backfill.NextRoute:         "taking the next route; --via resolve and --via sidekiq do not try this one",
	backfill.NameInstallation:  "name its .env.production with --env-file",
	backfill.TokenOrSidekiq:    "use --via sidekiq, or create a token as the README describes",
	backfill.StartWorkers:      "check that one runs: systemctl status 'mastodon-sidekiq*', or tootfill queues",

	backfill.FollowFirst:  "follow it on %s first, or add --not-followed",
	backfill.MeetFirst:    "either it has not met the account yet, or the handle is misspelt: follow the account on %s first, or add --not-followed",
	backfill.ImportBoosts: "--boosts imports boosted posts too",
	backfill.ImportGroup:  "it is a group that boosts what its members post: --boosts imports those posts",
	backfill.RetryLeft:    "--retry-left tries them again",
	backfill.YoungerOnly:  "import only newer ones with --since %sd, or change the content cache retention period in the server's settings",

	backfill.SignRequests:  "to sign requests, set [signing] in the config file; the posts can be read on the profile page",
	backfill.RobotsStrict:  `it says %s to everybody (User-agent: *), which applies to tootfill because [listing] robots = "strict" is set`,
	backfill.RobotsListing: "it says %s to everybody (User-agent: *), which applies to this listing, but not to --listing outbox",

	backfill.OtherFolder:    "choose another folder with --state",
	backfill.LocalFolder:    "choose a folder on a local disk with --state",
	backfill.ClearFolder:    "move it out of the way, or choose another folder with --state",
	backfill.WritableFolder: "make %s writable by the user that runs tootfill, or choose another folder with --state",
	backfill.RunInEarnest:   "run a backfill without --dry-run first",

	backfill.FindVariable: "it is in Mastodon's .env.production: name that file with --env-file",
	backfill.Grant:        "%s; the README lists all GRANT statements",
	backfill.GrantAll:     "the README has the GRANT statements for a role of tootfill's own",
}

// hintText puts advice into words; it is empty if there is none.
func hintText(h backfill.Hint) string {
	if h.Kind == "" {
		return h.About
	}
	return strings.Replace(hintSentences[h.Kind], "%s", h.About, 1)
}
