package settings

import (
	"slices"
	"strings"
)

// kind is what the value of a key is in the config file.
type kind int

const (
	aText   kind = iota
	aPath        // relative to the folder of the config file
	aPlace       // a path, or the address of a database
	aList        // of texts; in a variable, with commas
	aCount       // a whole number, at least 1
	aChoice      // true or false
	outside      // the config file does not have it
)

// key is a setting: what it is called in each of its places, which count in this
// order, and its default.
type key struct {
	// name is that in the config file, after its table: limits.home.
	name string
	kind kind
	flag string
	// given is the value of the flag; nil if there is no flag.
	given    func(Flags) string
	variable string
	// otherwise is the default as it would be written in the config file; empty if
	// there is none, or none that is always the same.
	otherwise string
	// secret is never shown.
	secret bool
	// ofHome says that the key belongs to one home: each profile has its own.
	ofHome bool
}

// keys are all settings, in the order in which they are shown.
func keys() []key {
	return []key{
		{name: "config", kind: outside, flag: "--config", given: func(o Flags) string { return o.Config }, variable: "TOOTFILL_CONFIG"},
		{name: "profile", kind: outside, flag: "--profile", given: func(o Flags) string { return o.Profile }, variable: "TOOTFILL_PROFILE"},
		{name: "server", flag: "--server", given: func(o Flags) string { return o.Server }, variable: "TOOTFILL_SERVER", ofHome: true},
		{name: "access_token", kind: outside, variable: "TOOTFILL_ACCESS_TOKEN", secret: true},
		{name: "access_token_file", kind: aPath, ofHome: true},
		{name: "access_token_command", ofHome: true},
		{name: "allow_private", kind: aList, variable: "TOOTFILL_ALLOW_PRIVATE"},
		{name: "state", kind: aPlace, flag: "--state", given: func(o Flags) string { return o.State }, variable: "TOOTFILL_STATE"},
		{name: "env_file", kind: aPath, flag: "--env-file", given: func(o Flags) string { return o.EnvFile }, variable: "TOOTFILL_ENV_FILE", ofHome: true},
		{name: "rest_on_secure_origins", kind: aChoice, otherwise: "false"},
		{name: "respect_indexable", kind: aChoice, otherwise: "false"},
		{name: "automatic", kind: aChoice, otherwise: "false"}, // and BACKFILL_ENABLED
		{name: "metrics_file", kind: aPath, flag: "--metrics-file", given: func(o Flags) string { return o.MetricsFile }, variable: "TOOTFILL_METRICS_FILE"},
		{name: "ping", flag: "--ping", given: func(o Flags) string { return o.Ping }, variable: "TOOTFILL_PING"},
		{name: "log_format", flag: "--log-format", given: func(o Flags) string { return o.LogFormat }, variable: "TOOTFILL_LOG_FORMAT", otherwise: logText},
		{name: "limits.per_account", otherwise: "1/1h"},
		{name: "limits.per_account_burst", kind: aCount, otherwise: "1"},
		{name: "limits.home", flag: "--home-rate", given: func(o Flags) string { return o.HomeRate }, variable: "TOOTFILL_HOME_RATE", otherwise: "auto"},
		{name: "limits.origin", flag: "--origin-rate", given: func(o Flags) string { return o.OriginRate }, variable: "TOOTFILL_ORIGIN_RATE", otherwise: "1/s"},
		{name: "limits.accounts", kind: aCount, flag: "--accounts", given: func(o Flags) string { return o.Accounts }, variable: "TOOTFILL_ACCOUNTS", otherwise: "32"},
		{name: "limits.max_time", flag: "--max-time", given: func(o Flags) string { return o.MaxTime }, variable: "TOOTFILL_MAX_TIME"},
		{name: "servers.never", kind: aList, variable: "TOOTFILL_NEVER"},
		{name: "signing.key_id", ofHome: true},
		{name: "signing.private_key_file", kind: aPath, ofHome: true},
		{name: "listing.max_pages", kind: aCount, otherwise: "10000"},
		{name: "listing.max_items", kind: aCount, otherwise: "1000000"},
		{name: "listing.robots"},
		// The people who use the server come first.
		{name: "sidekiq.max_waiting", kind: aCount, otherwise: "200"},
		{name: "sidekiq.max_latency", otherwise: "60s"},
		{name: "replies.threads", kind: aCount, otherwise: "200"},
		{name: "replies.per_post", kind: aCount, otherwise: "100"},
		{name: "replies.per_account", kind: aCount, otherwise: "1000"},
		{name: "service.listen", flag: "--listen", given: func(o Flags) string { return o.Listen }, otherwise: "127.0.0.1:3400"},
		{name: "service.trusted_proxies", kind: aList},
		{name: "service.per_user", kind: aCount, otherwise: "30"},
		{name: "service.max_queued", kind: aCount, otherwise: "1000"},
	}
}

// keyNamed is the key of a name in any case, as TOML's own library compares names.
func keyNamed(name string) (key, bool) {
	all := keys()
	at := slices.IndexFunc(all, func(k key) bool { return strings.EqualFold(k.name, name) })
	if at < 0 {
		return key{}, false
	}
	return all[at], true
}

// configKeys returns the keys of each table of the config file, and in "" also the
// tables.
func configKeys() map[string][]string {
	tables := make(map[string][]string)
	for _, k := range keys() {
		table, name, ok := strings.Cut(k.name, ".")
		switch {
		case k.kind == outside:
			continue
		case !ok:
			table, name = "", k.name
		case tables[table] == nil:
			tables[""] = append(tables[""], table)
		}
		tables[table] = append(tables[table], name)
	}
	tables[""] = append(tables[""], profilesTable)
	tables[profilesTable] = nil // see profileKeys
	return tables
}
