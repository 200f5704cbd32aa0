package backfill

// Hint is advice for the person who reads of a result, a warning or an error.
//
// Advice that names a flag, a setting or the README is a kind: what these are
// called is for package commands to know, which has a table of the sentences
// (commands/hints.go). All other advice is words.
type Hint struct {
	// Kind is empty if About is the advice itself.
	Kind HintKind
	// About is the value in the sentence, if the kind has one.
	About string
}

// Say is advice that names nothing of the command line. No words are no advice.
func Say(words string) Hint { return Hint{About: words} }

// HintKind is a kind of advice.
type HintKind string

// Advice about routes.
const (
	// UseResolve: route request cannot be taken; resolve may do.
	UseResolve HintKind = "use_resolve"
	// LeaveRouteOpen: the same, where only the wish for route request keeps the
	// others closed.
	LeaveRouteOpen HintKind = "leave_route_open"
	// ResolveHeedsDates: home, which chooses the posts itself, heeds no dates.
	ResolveHeedsDates HintKind = "resolve_heeds_dates"
	// NextRoute: the next route is taken, and can be asked for by name.
	NextRoute HintKind = "next_route"
	// NameInstallation: route sidekiq needs Mastodon's own settings.
	NameInstallation HintKind = "name_installation"
	// GiveInstallation: the same, with all the ways to give them.
	GiveInstallation HintKind = "give_installation"
	// TokenOrSidekiq: route resolve needs an access token for the server in About.
	TokenOrSidekiq HintKind = "token_or_sidekiq"
	// StartWorkers: no process of home's Sidekiq imports.
	StartWorkers HintKind = "start_workers"
)

// Advice about accounts and their posts.
const (
	// FollowFirst: the account is not followed on the home server in About.
	FollowFirst HintKind = "follow_first"
	// MeetFirst: the home server in About does not know the account.
	MeetFirst HintKind = "meet_first"
	// ImportBoosts: there is little but boosts.
	ImportBoosts HintKind = "import_boosts"
	// ImportThose: there are boosts, as was just said.
	ImportThose HintKind = "import_those"
	// ImportGroup: there is nothing but boosts, since the account is a group.
	ImportGroup HintKind = "import_group"
	// RetryLeft: posts were given up after too many tries.
	RetryLeft HintKind = "retry_left"
	// TitlesInTables: a list of accounts has no titled parts.
	TitlesInTables HintKind = "titles_in_tables"
	// YoungerOnly: home deletes posts that are older than the number of days in
	// About.
	YoungerOnly HintKind = "younger_only"
)

// Advice about origins.
const (
	// SignRequests: the origin answers only signed requests.
	SignRequests HintKind = "sign_requests"
	// ExportKey: the key for signing is not the one that its server publishes.
	ExportKey HintKind = "export_key"
	// RobotsStrict: the rule of robots.txt in About is for everybody, and binds
	// because of the settings.
	RobotsStrict HintKind = "robots_strict"
	// RobotsListing: such a rule binds the listing, but not the outbox.
	RobotsListing HintKind = "robots_listing"
)

// Advice about the ledger and its folder.
const (
	// OtherFolder: another folder has to be chosen for the ledger.
	OtherFolder HintKind = "other_folder"
	// LocalFolder: it has to be one on a local disk.
	LocalFolder HintKind = "local_folder"
	// ClearFolder: something is in the ledger's place.
	ClearFolder HintKind = "clear_folder"
	// WritableFolder: the folder in About cannot be written.
	WritableFolder HintKind = "writable_folder"
	// NameFolder: there is no place for it.
	NameFolder HintKind = "name_folder"
	// RunInEarnest: only a run that writes brings the ledger up to date.
	RunInEarnest HintKind = "run_in_earnest"
)

// FinishCopy: the ledger is an unfinished copy, which the command in About finishes.
const FinishCopy HintKind = "finish_copy"

// Advice about a ledger in a database.
const (
	// PasswordElsewhere: the password of the database must not be in a flag.
	PasswordElsewhere HintKind = "password_elsewhere"
	// DatabaseAddress: its address, or a variable of libpq, cannot be used.
	DatabaseAddress HintKind = "database_address"
	// DatabaseServer: its server cannot be reached.
	DatabaseServer HintKind = "database_server"
	// DatabaseTLS: its server does not speak TLS, or as somebody else.
	DatabaseTLS HintKind = "database_tls"
	// DatabaseLogin: it does not let the role in.
	DatabaseLogin HintKind = "database_login"
	// OwnDatabase: another one is needed, which the statement in About makes.
	OwnDatabase HintKind = "own_database"
	// PrimaryServer: its server is a copy of the right one.
	PrimaryServer HintKind = "primary_server"
	// NewerProgram: a newer program has written it.
	NewerProgram HintKind = "newer_program"
)

// Advice about home.
const (
	// NameServer: no home server was named, and it is to be reached over its API.
	NameServer HintKind = "name_server"
	// NameConfig: no folder is known for the config file.
	NameConfig HintKind = "name_config"
	// OtherConfig: there is a config file already.
	OtherConfig HintKind = "other_config"
	// NameServerOrInstallation: none was named, by whatever means.
	NameServerOrInstallation HintKind = "name_server_or_installation"
	// SetHomeRate: home may be asked faster, if it is one's own.
	SetHomeRate HintKind = "set_home_rate"
	// LogIn: the file for the access token of the server About is not there.
	LogIn HintKind = "log_in"
	// ForgetLogin: the token of a login cannot be revoked.
	ForgetLogin HintKind = "forget_login"
	// TokenFromCommand: an access token can come from anywhere by way of a command.
	TokenFromCommand HintKind = "token_from_command"
)

// Advice about home's database.
const (
	// FindVariable: a variable of Mastodon's settings is missing.
	FindVariable HintKind = "find_variable"
	// Grant: the statement in About gives the missing right.
	Grant HintKind = "grant"
	// GrantAll: a right is missing, but nobody knows which.
	GrantAll HintKind = "grant_all"
)
