package commands

import "github.com/urfave/cli/v2"

// The names of flags that more than one file speaks of.
const (
	helpFlag    = "help"
	versionFlag = "version"
	sandboxFlag = "sandbox"
	configFlag  = "config"
	stateFlag   = "state"
	serverFlag  = "server"
	envFileFlag = "env-file"
	quietFlag   = "quiet"
	verboseFlag = "verbose"
	jsonFlag    = "json"
	noColorFlag = "no-color"
)

// sharedCategory heads the flags that every command has.
const sharedCategory = "FLAGS OF EVERY COMMAND:"

// sharedFlags are the flags that may stand before or after any command.
func sharedFlags() []cli.Flag {
	return []cli.Flag{
		toggle(sandboxFlag, "try it on a small fediverse inside the program"),
		text(configFlag, "read the settings from `FILE`"),
		text(stateFlag, "keep the ledger in the folder `DIR`"),
		text(serverFlag, "the home `SERVER`, such as mastodon.example"),
		text(envFileFlag, "on the server's own machine: the `PATH` of Mastodon's settings (.env.production)"),
		toggle(quietFlag, "say nothing unless something failed", "q"),
		toggle(verboseFlag, "report every post", "v"),
		toggle(jsonFlag, "write JSON Lines to standard output"),
		toggle(noColorFlag, "use no colours (like NO_COLOR in the environment)"),
		toggle(helpFlag, "show this help", "h"),
	}
}

// programFlags are those that stand alone, without a command.
func programFlags() []cli.Flag {
	return append(sharedFlags(), toggle(versionFlag, "print the version"))
}

func toggle(name, usage string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Aliases: aliases, Usage: usage, Category: sharedCategory, DisableDefaultText: true}
}

func text(name, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Usage: usage, Category: sharedCategory}
}

// rateFlags set the pace of requests.
func rateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "home-rate", Usage: "requests to the home server: auto, `N/s`, or unlimited (for a server of your own)", DefaultText: "auto"},
		&cli.StringFlag{Name: "origin-rate", Usage: "requests to each origin: `N/s`", DefaultText: "1/s"},
	}
}

// sharedOptions are the values of the flags that every command has.
type sharedOptions struct {
	Sandbox               bool
	Config, State, Server string
	EnvFile               string
	Quiet, Verbose, JSON  bool
	NoColor               bool
	HomeRate, OriginRate  string
}

func readSharedOptions(c *cli.Context) (sharedOptions, error) {
	o := sharedOptions{
		Sandbox: c.Bool(sandboxFlag), Config: c.String(configFlag), State: c.String(stateFlag), Server: c.String(serverFlag),
		EnvFile: c.String(envFileFlag),
		Quiet:   c.Bool(quietFlag), Verbose: c.Bool(verboseFlag), JSON: c.Bool(jsonFlag), NoColor: c.Bool(noColorFlag),
		HomeRate: c.String("home-rate"), OriginRate: c.String("origin-rate"),
	}
	for _, name := range []string{configFlag, stateFlag, serverFlag, envFileFlag, "home-rate", "origin-rate"} {
		if c.IsSet(name) && c.String(name) == "" {
			return o, usagef("leave the flag out for the default", "--%s must not be empty", name)
		}
	}
	switch {
	case o.Quiet && o.Verbose:
		return o, usagef("", "use --quiet or --verbose, not both")
	case o.Sandbox && o.Server != "":
		return o, usagef("the sandbox is a home server of its own", "use --sandbox or --server, not both")
	case o.Sandbox && o.EnvFile != "":
		return o, usagef("the sandbox has an installation of its own", "use --sandbox or --env-file, not both")
	}
	return o, nil
}
