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
	backfill.GiveInstallation: "name Mastodon's .env.production with --env-file, with TOOTFILL_ENV_FILE or as env_file in the config file, " +
		"or run tootfill in Mastodon's folder; in a container LOCAL_DOMAIN, DB_* and REDIS_* in the environment are enough",
	backfill.TokenOrSidekiq: "use --via sidekiq, or get an access token with tootfill login %s",
	backfill.StartWorkers:   "check that one runs: systemctl status 'mastodon-sidekiq*', or tootfill queues",

	backfill.FollowFirst:    "follow it on %s first, or add --not-followed",
	backfill.MeetFirst:      "either it has not met the account yet, or the handle is misspelt: follow the account on %s first, or add --not-followed",
	backfill.ImportBoosts:   "--boosts imports boosted posts too",
	backfill.ImportThose:    "--boosts imports those posts",
	backfill.ImportGroup:    "it is a group that boosts what its members post: --boosts imports those posts",
	backfill.RetryLeft:      "--retry-left tries them again",
	backfill.TitlesInTables: "--list-title is for tables such as lists.csv",
	backfill.YoungerOnly:    "import only newer ones with --since %sd, or change the content cache retention period in the server's settings",

	backfill.SignRequests:  "to sign requests, set [signing] in the config file; the posts can be read on the profile page",
	backfill.ExportKey:     "signed requests are refused with it: set signing.key_id and signing.private_key_file to a pair, as the README describes",
	backfill.RobotsStrict:  `it says %s to everybody (User-agent: *), which applies to tootfill because [listing] robots = "strict" is set`,
	backfill.RobotsListing: "it says %s to everybody (User-agent: *), which applies to this listing, but not to --listing outbox",

	backfill.OtherFolder:    "choose another folder with --state",
	backfill.LocalFolder:    "choose a folder on a local disk with --state",
	backfill.ClearFolder:    "move it out of the way, or choose another folder with --state",
	backfill.WritableFolder: "make %s writable by the user that runs tootfill, or choose another folder with --state",
	backfill.NameFolder:     "name a folder with --state DIR or TOOTFILL_STATE",
	backfill.FinishCopy:     "%s finishes it",
	backfill.RunInEarnest:   "a run of tootfill accounts backfill without --dry-run does that",

	backfill.PasswordElsewhere: "put the password into ~/.pgpass, into PGPASSWORD, or into state in the config file",
	backfill.DatabaseAddress:   "check state, TOOTFILL_STATE or --state, and the variables of libpq: PGHOST, PGPORT, PGSSLMODE, PGSERVICE and the like",
	backfill.DatabaseServer:    "is PostgreSQL up there? check the host and the port in state (or PGHOST and PGPORT)",
	backfill.DatabaseTLS:       "check sslmode and sslrootcert in state (or PGSSLMODE and PGSSLROOTCERT)",
	backfill.DatabaseLogin:     "check the role in state (or PGUSER), and its password in ~/.pgpass, in PGPASSWORD, or in state in the config file",
	backfill.OwnDatabase:       "%s makes one; or check the name in state (or PGDATABASE)",
	backfill.PrimaryServer:     "name the primary in state (or PGHOST)",
	backfill.NewerProgram:      "use the newer tootfill that wrote it, or choose another database with --state",

	backfill.NameServer:               nameServer + trySandbox,
	backfill.NameServerOrInstallation: nameServer + "on the server's own machine, name Mastodon's .env.production with --env-file; " + trySandbox,
	backfill.NameConfig:               "name a file with --config PATH or TOOTFILL_CONFIG",
	backfill.OtherConfig:              "edit it, name another file with --config PATH, or print the text with tootfill config init -",
	backfill.SetHomeRate:              "if the server is your own, set --home-rate",
	backfill.LogIn:                    "tootfill login %s gets one, or put one into this file",
	backfill.ForgetLogin:              "to remove the login from this machine all the same, add --forget",
	backfill.TokenFromCommand:         "to take a token from anywhere else, use access_token_command",

	backfill.FindVariable: "it is in Mastodon's .env.production: name that file with --env-file",
	backfill.Grant:        "%s; the README lists all GRANT statements",
	backfill.GrantAll:     "the README has the GRANT statements for a role of tootfill's own",
}

const (
	nameServer = "tootfill login SERVER sets it and gets an access token; or name it with --server, with TOOTFILL_SERVER, or as server in the config file; "
	trySandbox = "to try tootfill without a server, add --sandbox"
)

// hintText puts advice into words; it is empty if there is none.
func hintText(h backfill.Hint) string {
	if h.Kind == "" {
		return h.About
	}
	return strings.Replace(hintSentences[h.Kind], "%s", h.About, 1)
}
