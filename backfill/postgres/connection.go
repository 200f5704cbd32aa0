package postgres

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const connectTimeout = 5 * time.Second

// config turns the options into the driver's.
func (o Options) config() (*pgx.ConnConfig, error) {
	settings := maps.Clone(o.Parameters)
	if settings == nil {
		settings = map[string]string{}
	}
	settings["host"], settings["port"] = o.Host, o.Port
	settings["dbname"], settings["user"], settings["sslmode"] = o.Name, o.User, o.SSLMode
	config, err := pgx.ParseConfig(connString(settings))
	if err != nil {
		return nil, o.unusable(err)
	}
	// The password is never part of a text that an error may quote.
	if o.Password != "" {
		config.Password = o.Password
	}
	config.RuntimeParams["application_name"] = "tootfill"
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	config.ConnectTimeout = connectTimeout
	if o.ConnectTimeout > 0 {
		config.ConnectTimeout = o.ConnectTimeout
	}
	if o.Dial != nil {
		config.DialFunc = o.Dial
	}
	return config, nil
}

// unusable is the error for settings that the driver does not accept; the
// driver's own error quotes them all.
func (o Options) unusable(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		err = parse.Unwrap()
	}
	if err == nil {
		return fmt.Errorf("the settings for the %s cannot be used; see %s", o, o.variables("DB_HOST, DB_PORT and DB_SSLMODE"))
	}
	return fmt.Errorf("the settings for the %s cannot be used: %s", o, show(err.Error()))
}

// connString writes settings as libpq's key='value' pairs.
func connString(settings map[string]string) string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s='%s' ", key, escape.Replace(settings[key]))
	}
	return b.String()
}
