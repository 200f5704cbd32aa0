package postgres

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"strings"
)

var (
	errURL       = errors.New("is not of the form postgres://user:password@host:port/database")
	errUnescaped = errors.New("holds a character that has to be written with a percent sign: @ is %40, / is %2F, ? is %3F, # is %23")
)

// setFromURL sets what a URL says; what the URL leaves out stays as it is.
//
// It is read by hand: the host may be a socket's folder with %2F for its
// slashes, which net/url does not allow, and net/url's errors show the password.
func (o *Options) setFromURL(text string) error {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || (scheme != "postgres" && scheme != "postgresql") {
		return errURL
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, name, _ := strings.Cut(rest, "/")
	if strings.ContainsAny(name, "@/") || strings.Contains(text, "@") && !strings.Contains(authority, "@") {
		return errUnescaped // or a part of the password would be taken for a host
	}
	user, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, hosts = authority[:at], authority[at+1:]
	}
	user, password, _ := strings.Cut(user, ":")
	host, port, err := splitHosts(hosts)
	if err != nil {
		return err
	}
	parts := map[string]string{"host": host, "port": port, "dbname": name, "user": user, "password": password}
	for key, value := range parts {
		if parts[key], err = url.PathUnescape(value); err != nil {
			return errURL
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return errURL
	}
	for key := range values {
		parts[key] = values.Get(key)
	}
	o.set(parts)
	return nil
}

// splitHosts splits host:port,host:port into the hosts and the ports.
func splitHosts(text string) (hosts, ports string, err error) {
	var names, numbers []string
	for one := range strings.SplitSeq(text, ",") {
		name, number := one, ""
		if end := strings.LastIndexByte(one, ']'); strings.HasPrefix(one, "[") && end > 0 {
			name, number = one[1:end], one[end+1:]
			if number != "" && number[0] != ':' {
				return "", "", errURL
			}
			number = strings.TrimPrefix(number, ":")
		} else if strings.Count(one, ":") > 1 {
			return "", "", errURL
		} else {
			name, number, _ = strings.Cut(one, ":")
		}
		names, numbers = append(names, name), append(numbers, number)
	}
	if strings.Join(numbers, "") == "" {
		return strings.Join(names, ","), "", nil
	}
	for i, number := range numbers {
		numbers[i] = cmp.Or(number, "5432")
	}
	return strings.Join(names, ","), strings.Join(numbers, ","), nil
}

// set sorts the settings that were given. Those that are neither a field nor a
// known parameter are for Rails (pool, encoding, prepared_statements); the server
// would refuse them.
func (o *Options) set(given map[string]string) {
	fields := map[string]*string{
		"host": &o.Host, "port": &o.Port, "dbname": &o.Name, "user": &o.User, "password": &o.Password, "sslmode": &o.SSLMode,
	}
	o.fromURL = true
	o.Parameters = maps.Clone(o.Parameters)
	for key, value := range given {
		if value == "" {
			continue
		}
		if field, ok := fields[key]; ok {
			*field = value
		} else if parameter(key) {
			if o.Parameters == nil {
				o.Parameters = map[string]string{}
			}
			o.Parameters[key] = value
		}
	}
}

// parameter reports whether key is a libpq setting that is supported here.
func parameter(key string) bool {
	switch key {
	case "sslcert", "sslkey", "sslrootcert", "sslpassword", "sslsni", "sslnegotiation", "sslcertmode",
		"channel_binding", "target_session_attrs", "options":
		return true
	}
	return false
}
