package settings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// databaseAddress is the address of a PostgreSQL database.
type databaseAddress struct {
	// text is the address itself, and shown the same without its secrets.
	text, shown string
	// secret says that it holds any.
	secret bool
}

func (a databaseAddress) String() string { return a.shown }

func (a databaseAddress) GoString() string { return a.shown }

// addressError says what is wrong with an address, without repeating any of it.
type addressError struct{ message, hint string }

func (e *addressError) Error() string { return e.message }

// addressParameters are what may follow the ? of an address: libpq's keywords
// (www.postgresql.org/docs/current/libpq-connect.html, 34.1.2) as far as pgx knows them.
// What it does not know it would send to the server as a setting.
var addressParameters = []string{
	"application_name", "channel_binding", "connect_timeout", "dbname", "host", "krbspn", "krbsrvname", "max_protocol_version",
	"min_protocol_version", "options", "passfile", "password", "port", "require_auth", "service", "servicefile", "ssl", "sslcert",
	"sslcertmode", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs", "user",
}

// secretParameters are those that are never shown.
var secretParameters = []string{"password", "sslpassword"}

const (
	addressForm = "write it as postgres://USER@HOST:PORT/DATABASE"
	escapeHint  = "in a password or a parameter, write @ as %40, / as %2F and % as %25"
)

// parseDatabaseAddress reads an address as libpq does. Whatever could be a misplaced
// piece of a password makes it an error.
func parseDatabaseAddress(text string) (databaseAddress, error) {
	scheme, rest, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if !found || (scheme != "postgres" && scheme != "postgresql") {
		return databaseAddress{}, &addressError{"it is neither a folder nor the address of a PostgreSQL database", addressForm}
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return databaseAddress{}, &addressError{"the address of the database holds a space or a control character", addressForm}
	}
	a := databaseAddress{text: scheme + "://" + rest, shown: scheme + "://"}
	// Only a / ends the search: a ? belongs to the password.
	if at := strings.IndexAny(rest, "@/"); at >= 0 && rest[at] == '@' {
		user, password, _ := strings.Cut(rest[:at], ":")
		rest = rest[at+1:]
		if strings.ContainsAny(user, "?=&") {
			return databaseAddress{}, &addressError{"the address of the database has an @ after its ?", escapeHint}
		}
		if a.shown += user; password != "" {
			a.secret = true
			a.shown += ":" + hidden
		}
		a.shown += "@"
	}
	place, query, _ := strings.Cut(rest, "?")
	hosts, _, _ := strings.Cut(place, "/")
	if strings.Contains(place, "@") {
		return databaseAddress{}, &addressError{"the address of the database has an @ or a / too many", escapeHint}
	}
	if !arePorts(hosts) {
		return databaseAddress{}, &addressError{"the address of the database has a port that is no number from 1 to 65535", escapeHint}
	}
	a.shown += place
	if query == "" {
		return a, nil
	}
	shown, secret, err := shownParameters(query)
	a.shown += "?" + shown
	a.secret = a.secret || secret
	return a, err
}

// arePorts reports whether what follows the names of hosts are ports.
func arePorts(hosts string) bool {
	for one := range strings.SplitSeq(hosts, ",") {
		if end := strings.IndexByte(one, ']'); strings.HasPrefix(one, "[") && end > 0 {
			one = one[end+1:]
		}
		_, port, given := strings.Cut(one, ":")
		if n, err := strconv.ParseUint(port, 10, 16); given && port != "" && (err != nil || n == 0) {
			return false
		}
	}
	return true
}

// shownParameters are parameters without their secrets.
func shownParameters(query string) (shown string, secret bool, err error) {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, value, found := strings.Cut(pair, "=")
		name, err := url.PathUnescape(key)
		if err != nil || !found || !slices.Contains(addressParameters, name) {
			return "", false, &addressError{
				"the address of the database has a parameter that is not known", "known are " + strings.Join(addressParameters, ", "),
			}
		}
		if slices.Contains(secretParameters, name) && value != "" {
			pairs[i] = key + "=" + hidden
			secret = true
		}
	}
	return strings.Join(pairs, "&"), secret, nil
}
