package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/commands/settings"
)

// The names of flags that more than one file mentions.
const (
	helpFlag    = "help"
	versionFlag = "version"
	sandboxFlag = "sandbox"
	configFlag  = "config"
	stateFlag   = "state"
	serverFlag  = "server"
	envFileFlag = "env-file"
	profileFlag = "profile"
	quietFlag   = "quiet"
	verboseFlag = "verbose"
	jsonFlag    = "json"
	noColorFlag = "no-color"
)

// sharedCategory heads the flags that every command has.
const sharedCategory = "Flags of every command"

// sharedFlags are the flags that may stand before or after any command.
func sharedFlags() []cli.Flag {
	return []cli.Flag{
		toggle(sandboxFlag, "run against a small fediverse inside the program"),
		text(configFlag, "read the settings from `FILE`"),
		text(stateFlag, "keep the ledger in the folder `DIR`, or in a database: postgres://USER@HOST/NAME"),
		text(serverFlag, "the home `SERVER`, such as mastodon.example"),
		text(profileFlag, "use the home server of [profiles.`NAME`] in the config file"),
		text(envFileFlag, "on the server's own machine: the `PATH` of Mastodon's settings (.env.production)"),
		toggle(quietFlag, "say nothing unless something failed", "q"),
		toggle(verboseFlag, "report every post", "v"),
		toggle(jsonFlag, "write JSON Lines to standard output"),
		&cli.StringFlag{Name: logFormatFlag, Usage: "write standard error as `FORMAT`: text, or json (one object per line, for programs that collect logs)", DefaultText: "text", Category: sharedCategory},
		toggle(noColorFlag, "use no colours (like NO_COLOR in the environment)"),
		toggle(helpFlag, "show this help", "h"),
	}
}

// programFlags are the flags that stand alone, without a command.
func programFlags() []cli.Flag {
	return append(sharedFlags(), toggle(versionFlag, "print the version"))
}

func toggle(name, usage string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Aliases: aliases, Usage: usage, Category: sharedCategory, DisableDefaultText: true}
}

func text(name, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Usage: usage, Category: sharedCategory}
}

// repeated is a flag that may be given several times. Unlike the library's own, it
// does not split at commas: a file name may contain one.
type repeated struct{ cli.GenericFlag }

func repeatedText(name, usage string) cli.Flag {
	return &repeated{cli.GenericFlag{Name: name, Usage: usage, Value: new(texts)}}
}

// IsSliceFlag makes the help show that the flag can be repeated.
func (*repeated) IsSliceFlag() bool { return true }

// String is the flag's line in the help.
func (r *repeated) String() string { return cli.FlagStringer(r) }

// textsOf returns the values of a repeated flag.
func textsOf(c *cli.Context, name string) []string {
	if t, ok := c.Generic(name).(*texts); ok {
		return *t
	}
	return nil
}

// texts are the values of a repeated flag, in their order.
type texts []string

func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

func (t *texts) String() string { return strings.Join(*t, " ") }

// under gives flags their heading in the help.
func under(category string, flags ...cli.Flag) []cli.Flag {
	for _, f := range flags {
		switch f := f.(type) {
		case *cli.BoolFlag:
			f.Category = category
		case *cli.IntFlag:
			f.Category = category
		case *cli.StringFlag:
			f.Category = category
		case *repeated:
			f.Category = category
		}
	}
	return flags
}

// rateFlags set the pace of requests.
func rateFlags() []cli.Flag {
	return under("Limits",
		&cli.StringFlag{Name: "home-rate", Usage: "requests to the home server: auto, `N/s`, or unlimited (for a server of your own)", DefaultText: "auto"},
		&cli.StringFlag{Name: "origin-rate", Usage: "requests to each origin: `N/s`", DefaultText: "1/s"},
	)
}

// sharedOptions are the values of the flags that every command has.
type sharedOptions struct {
	settings.Flags
	Quiet, Verbose, JSON bool
	NoColor              bool
}

func readSharedOptions(c *cli.Context) (sharedOptions, error) {
	o := sharedOptions{
		Flags: settings.Flags{
			Sandbox: c.Bool(sandboxFlag), Config: c.String(configFlag), State: c.String(stateFlag), Server: c.String(serverFlag),
			Profile: c.String(profileFlag), EnvFile: c.String(envFileFlag), HomeRate: c.String("home-rate"), OriginRate: c.String("origin-rate"), Accounts: c.String("accounts"), MaxTime: c.String("max-time"),
			MetricsFile: c.String(metricsFileFlag), Ping: c.String(pingFlag), LogFormat: c.String(logFormatFlag), Listen: c.String(listenFlag),
		},
		Quiet: c.Bool(quietFlag), Verbose: c.Bool(verboseFlag), JSON: c.Bool(jsonFlag), NoColor: c.Bool(noColorFlag),
	}
	for _, name := range []string{configFlag, stateFlag, serverFlag, profileFlag, envFileFlag, "home-rate", "origin-rate", "accounts", "max-time", metricsFileFlag, pingFlag, logFormatFlag, listenFlag} {
		if c.IsSet(name) && c.String(name) == "" {
			return o, usagef("leave the flag out for the default", "--%s must not be empty", name)
		}
	}
	if err := o.CheckState(); err != nil {
		return o, err
	}
	switch {
	case o.Quiet && o.Verbose:
		return o, usagef("", "use --quiet or --verbose, not both")
	case o.Sandbox && o.Server != "":
		return o, usagef("the sandbox is a home server of its own", "use --sandbox or --server, not both")
	case o.Sandbox && o.Profile != "":
		return o, usagef("the sandbox is a home server of its own", "use --sandbox or --profile, not both")
	case o.Sandbox && o.EnvFile != "":
		return o, usagef("the sandbox has an installation of its own", "use --sandbox or --env-file, not both")
	}
	return o, nil
}
