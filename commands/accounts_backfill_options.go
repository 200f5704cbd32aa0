package commands

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/commands/accountlist"
	"tootfill/commands/settings"
)

// accountFlags say which accounts to backfill.
func accountFlags() []cli.Flag {
	return under("Which accounts",
		repeatedText("from", "take the accounts in `FILE`: one per line, or as servers export them (CSV, JSON); - is standard input"),
		&cli.StringFlag{Name: "list-title", Usage: "take the list with this `TITLE` in FILE, as in Mastodon's lists.csv"},
		&cli.BoolFlag{Name: "following", Usage: "take every remote account that you follow (on the server's own machine, without a token: every one that anybody there follows)", DisableDefaultText: true},
		&cli.BoolFlag{Name: newFollowsFlag, Usage: "take the accounts that were followed since the last such run, where automatic = true is set, or BACKFILL_ENABLED=true in the environment or in .env.production", DisableDefaultText: true},
		&cli.StringFlag{Name: sinceFollowFlag, Usage: "with --new-follows, without a token: take the accounts followed since `DATE` or age, even if an earlier run took them"},
		repeatedText("list", "take the remote accounts of your list with this `TITLE` (without a token: of all lists with it that anybody on the server has)"),
		repeatedText("domain", "take the accounts on `SERVER` that you follow (without a token: that anybody there follows); *.bad.example stands for bad.example with all its subdomains"),
		&cli.BoolFlag{Name: "followers", Usage: "take every remote account that follows you (without a token: that follows anybody on the server), whether or not you follow it", DisableDefaultText: true},
		&cli.BoolFlag{Name: "requests", Usage: "take every remote account that asks to follow you (without a token: anybody on the server), whether or not you follow it", DisableDefaultText: true},
		&cli.BoolFlag{Name: "due", Usage: "take the deferred accounts that may run now", DisableDefaultText: true},
		repeatedText(exceptFlag, "leave out the accounts and servers in `FILE`, one per line; *.bad.example is bad.example with all its subdomains; Mastodon's domain_blocks.csv and lists of blocked or muted accounts will do"),
		&cli.BoolFlag{Name: "not-followed", Usage: "allow accounts that you do not follow", DisableDefaultText: true},
	)
}

// routeFlags say how posts get to home.
func routeFlags() []cli.Flag {
	return under("How",
		&cli.StringFlag{Name: "via", Usage: "fill home by `ROUTE`: request (home does it itself), sidekiq (through home's own workers, on its machine), resolve (post by post) or auto (the first that is open)", Value: "auto"},
		&cli.StringFlag{Name: "wait", Usage: "route request: watch for the posts for `DURATION`, such as 10m"},
		&cli.BoolFlag{Name: "no-wait", Usage: "route sidekiq: end when all jobs are pushed; a later run records the outcome", DisableDefaultText: true},
		&cli.BoolFlag{Name: "home-timelines", Usage: "route sidekiq: merge the imported posts into the home timelines of the account's followers", DisableDefaultText: true},
		&cli.BoolFlag{Name: "depth-first", Usage: "finish each account before the next one, instead of bringing the newest posts of all accounts first", DisableDefaultText: true},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask whether to go on before a run of more than 5,000 requests to home", DisableDefaultText: true},
		&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and change nothing", DisableDefaultText: true},
	)
}

// limitFlags say how much is done at a time, and for how long.
func limitFlags() []cli.Flag {
	return under("Limits",
		&cli.BoolFlag{Name: "wait-limit", Usage: "wait for an account's hourly limit instead of deferring the account", DisableDefaultText: true},
		&cli.IntFlag{Name: "concurrency", Aliases: []string{"c"}, Usage: "import `N` posts at a time", Value: 2},
		&cli.StringFlag{Name: "accounts", Usage: "work on `N` accounts at a time, besides those that wait for their own servers", DefaultText: strconv.Itoa(backfill.DefaultAccounts)},
		&cli.StringFlag{Name: "max-time", Usage: "end after `DURATION`, such as 50m: what is in flight finishes, and the rest is deferred"},
	)
}

// postFlags say which posts are wanted.
func postFlags() []cli.Flag {
	return under("Which posts",
		&cli.IntFlag{Name: "limit", Usage: "the newest `N` posts of each account; 0 means all", Value: 500},
		&cli.StringFlag{Name: "since", Usage: "only posts since `DATE` or age, such as 2024-01-31 or 90d"},
		&cli.StringFlag{Name: "until", Usage: "only posts before `DATE` or age"},
		&cli.StringFlag{Name: "listing", Usage: "list the posts by `KIND`: " + strings.Join(listingKinds(), ", "), Value: listingAuto},
		&cli.BoolFlag{Name: "full", Usage: "list all posts again, and import what home lacks, even if it once had it", DisableDefaultText: true},
		&cli.BoolFlag{Name: "retry-left", Usage: "also try posts that were given up after five failed runs", DisableDefaultText: true},
		&cli.BoolFlag{Name: "boosts", Usage: "also import the posts that the account has boosted, each as its author's; this cannot make home show the boost itself", DisableDefaultText: true},
		&cli.BoolFlag{Name: "replies", Usage: "also bring in what was answered to the imported posts; if home can fetch that by itself, it is asked to", DisableDefaultText: true},
	)
}

// backfillOptions are what the command line asks for.
type backfillOptions struct {
	sharedOptions
	Names        []accountlist.Name
	From, Except []string
	ListTitle    string
	// Lists are titles of lists that home keeps.
	Lists               []string
	Domains             []fediverse.Servers
	Followers, Requests bool
	Following, Due      bool
	NewFollows          bool
	// SinceFollow is how far back new follows reach; zero means to the last run.
	SinceFollow time.Time
	DryRun      bool
	// Yes goes on with a big run without asking.
	Yes bool
	// Listing is that of activitypub.Options.
	Listing string
	Engine  backfill.Options
	// given says which flags are on the command line.
	given func(flag string) bool
}

// forgets reports whether the ledger ends with the run, as in a sandbox that keeps
// nothing.
func (o backfillOptions) forgets() bool { return o.Sandbox && o.State == "" }

// hasSource reports whether there is anything to take accounts from.
func (o backfillOptions) hasSource() bool {
	return len(o.Names)+len(o.From) > 0 || o.asksHome() || o.Due
}

// asksHome reports whether accounts are taken from a list that home keeps.
func (o backfillOptions) asksHome() bool {
	return o.Following || o.NewFollows || len(o.Lists)+len(o.Domains) > 0 || o.Followers || o.Requests
}

// namedListing is the kind of listing that is asked for; empty means whichever kind the
// origin has.
func (o backfillOptions) namedListing() string {
	if o.Listing == listingAuto {
		return ""
	}
	return o.Listing
}

// overrule replaces what an account was deferred with by what the command line says.
func (o backfillOptions) overrule(w *backfill.Wanted) {
	for flag, set := range map[string]func(){
		"limit":        func() { w.Limit = o.Engine.Limit },
		"since":        func() { w.Since = o.Engine.Since },
		"until":        func() { w.Until = o.Engine.Until },
		"boosts":       func() { w.Boosts = o.Engine.Boosts },
		"replies":      func() { w.Replies = o.Engine.Replies },
		"not-followed": func() { w.NotFollowed = o.Engine.NotFollowed },
		"listing":      func() { w.Listing = o.namedListing() },
		"via":          func() { w.Via = o.Engine.Via },
		"full":         func() { w.Full = o.Engine.Full },
	} {
		if o.given(flag) {
			set()
		}
	}
}

// readBackfillOptions checks all that can be checked before the work begins.
func readBackfillOptions(c *cli.Context, env Env) (backfillOptions, error) {
	shared, err := readSharedOptions(c)
	if err != nil {
		return backfillOptions{}, err
	}
	o := backfillOptions{
		sharedOptions: shared,
		From:          textsOf(c, "from"), Except: textsOf(c, exceptFlag), Following: c.Bool("following"), NewFollows: c.Bool(newFollowsFlag), Due: c.Bool("due"), DryRun: c.Bool("dry-run"), Yes: c.Bool("yes"),
		ListTitle: c.String("list-title"), Listing: c.String("listing"), given: c.IsSet,
	}
	if o.Names, err = readNames(c.Args().Slice()); err != nil {
		return o, err
	}
	o.Followers, o.Requests = c.Bool("followers"), c.Bool("requests")
	if o.Lists, o.Domains, err = readHomeLists(c); err != nil {
		return o, err
	}
	if !o.hasSource() {
		hint := "name accounts as user@domain, or use --from FILE, --following, --new-follows, --list TITLE, --followers, --requests, --domain SERVER or --due"
		if o.forgets() {
			hint = "name accounts as user@domain, or use --from FILE, --following, --list TITLE, --followers, --requests or --domain SERVER"
		}
		return o, usagef(hint, "No account(s) given")
	}
	if err := o.readsTwice(); err != nil {
		return o, err
	}
	if err := o.readSinceFollow(c, env.Clock.Now()); err != nil {
		return o, err
	}
	if c.IsSet("list-title") && (len(o.From) == 0 || o.ListTitle == "") {
		return o, usagef("name the file with --from, and give the title of one of its lists", "--list-title needs a file with lists")
	}
	if o.Listing != "" && !slices.Contains(listingKinds(), o.Listing) {
		return o, usagef("the kinds are "+strings.Join(listingKinds(), ", "), "unknown listing %q", cleantext.Line(o.Listing, wordWidth))
	}
	if o.Engine, err = readEngineOptions(c, env.Clock.Now()); err != nil {
		return o, err
	}
	return o, o.contradictions(c)
}

func readEngineOptions(c *cli.Context, now time.Time) (backfill.Options, error) {
	o := backfill.Options{
		Via: backfill.Via(c.String("via")), Limit: c.Int("limit"), Concurrency: c.Int("concurrency"),
		NotFollowed: c.Bool("not-followed"), WaitLimit: c.Bool("wait-limit"), Boosts: c.Bool("boosts"), Replies: c.Bool("replies"), RetryLeft: c.Bool("retry-left"), Full: c.Bool("full"),
		NoWait: c.Bool("no-wait"), DepthFirst: c.Bool("depth-first"), HomeTimelines: c.Bool("home-timelines"),
	}
	switch o.Via {
	case backfill.ViaAuto, backfill.ViaRequest, backfill.ViaResolve, backfill.ViaSidekiq:
	default:
		return o, usagef("the routes are auto, request, sidekiq and resolve", "unknown route %q", cleantext.Line(string(o.Via), wordWidth))
	}
	if o.Limit < 0 {
		return o, usagef("0 is all posts", "--limit must not be negative")
	}
	if o.Concurrency < 1 {
		return o, usagef("", "Cannot run with this concurrency setting, must be at least 1")
	}
	return o, readTimes(c, now, &o)
}

func readTimes(c *cli.Context, now time.Time, o *backfill.Options) (err error) {
	if o.Since, err = readWhen(c, "since", now); err != nil {
		return err
	}
	if o.Until, err = readWhen(c, "until", now); err != nil {
		return err
	}
	if !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until) {
		return usagef("", "--since must be before --until")
	}
	if !c.IsSet("wait") {
		return nil
	}
	if o.Wait, err = limit.ParseSpan(c.String("wait")); err != nil {
		return usagef("write it like 90s, 10m or 1h", "--wait: %v", err)
	}
	return nil
}

func readWhen(c *cli.Context, flag string, now time.Time) (time.Time, error) {
	if !c.IsSet(flag) {
		return time.Time{}, nil
	}
	t, err := limit.ParseWhen(c.String(flag), now)
	if err != nil {
		return t, usagef("write a date like 2024-01-31, or an age like 90d, 6w or 1y", "--%s: %v", flag, err)
	}
	return t, nil
}

// contradictions refuses flags that mean nothing with the chosen route.
func (o backfillOptions) contradictions(c *cli.Context) error {
	for _, flag := range []string{metricsFileFlag, pingFlag} {
		if o.DryRun && c.IsSet(flag) {
			return usagef("a dry run is none of the runs that are watched", "use --dry-run or --%s, not both", flag)
		}
	}
	via := o.Engine.Via
	for _, f := range []struct {
		flag   string
		why    string
		routes []backfill.Via
	}{
		{"wait", "only route request has something to wait for", []backfill.Via{backfill.ViaResolve, backfill.ViaSidekiq}},
		{"since", "on route request home chooses the posts", []backfill.Via{backfill.ViaRequest}},
		{"until", "on route request home chooses the posts", []backfill.Via{backfill.ViaRequest}},
		{"limit", "on route request home chooses the posts", []backfill.Via{backfill.ViaRequest}},
		{"no-wait", "only route sidekiq has jobs to wait for", []backfill.Via{backfill.ViaResolve, backfill.ViaRequest}},
		{"home-timelines", "only route sidekiq can do that", []backfill.Via{backfill.ViaResolve, backfill.ViaRequest}},
		{"listing", "with route request home does the listing", []backfill.Via{backfill.ViaRequest}},
		{"full", "on route request home chooses the posts", []backfill.Via{backfill.ViaRequest}},
		{"retry-left", "on route request home chooses the posts", []backfill.Via{backfill.ViaRequest}},
		{"boosts", "with route request home does the listing", []backfill.Via{backfill.ViaRequest}},
		{"replies", "on route request home chooses the posts", []backfill.Via{backfill.ViaRequest}},
	} {
		for _, route := range f.routes {
			if c.IsSet(f.flag) && via == route {
				return usagef(f.why, "use --%s or --via %s, not both", f.flag, route)
			}
		}
	}
	return nil
}

// homeAccess says how the route has to reach home.
func (o backfillOptions) homeAccess() settings.Access {
	switch o.Engine.Via {
	case backfill.ViaRequest, backfill.ViaResolve:
		return settings.ByAPI
	case backfill.ViaSidekiq:
		return settings.ByInstallation
	}
	return settings.ByAny
}

// fit refuses the flags of route sidekiq where the settings rule that route out.
func (o backfillOptions) fit(s settings.Settings) error {
	if s.Installation != nil || o.Engine.Via == backfill.ViaSidekiq {
		return nil
	}
	hint := hintText(backfill.Hint{Kind: backfill.GiveInstallation})
	if o.Sandbox {
		hint = "add --via sidekiq"
	}
	switch {
	case o.Engine.NoWait:
		return usagef(hint, "--no-wait is for route sidekiq, which is not open")
	case o.Engine.HomeTimelines:
		return usagef(hint, "--home-timelines is for route sidekiq, which is not open")
	}
	return nil
}
