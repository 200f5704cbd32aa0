package sidekiq

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

const defaultPort = "6379"

var (
	errURL      = errors.New("is not a URL such as redis://host:6379/0, rediss://host:6379/0 or unix:///run/redis.sock")
	errDatabase = errors.New("names a database that is not a number")
	errPort     = errors.New("names a port that is not a number from 1 to 65535")
)

// ParseURL reads the URL of a Redis as the Ruby client of Sidekiq does
// (redis-client lib/redis_client/url_config.rb): in redis://secret@host the
// secret is the password, and a + in a password is a space. Errors do not
// repeat the URL, which may hold a password.
func ParseURL(text string) (Redis, error) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		return Redis{}, errURL
	}
	r := Redis{Network: "tcp"}
	if r.User, r.Password, err = credentials(text); err != nil {
		return Redis{}, errURL
	}
	switch u.Scheme {
	case "redis", "rediss":
		r.TLS = u.Scheme == "rediss"
		err = r.setHost(u)
	case "unix":
		err = r.setSocket(u)
	default:
		err = errURL
	}
	if err != nil {
		return Redis{}, err
	}
	return r, nil
}

func (r *Redis) setHost(u *url.URL) error {
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = defaultPort
	}
	if !isPort(port) {
		return errPort
	}
	r.Address = net.JoinHostPort(host, port)
	var err error
	r.DB, err = parseDB(strings.TrimPrefix(u.Path, "/"))
	return err
}

func (r *Redis) setSocket(u *url.URL) error {
	if u.Host != "" || u.Path == "" {
		return errURL
	}
	r.Network, r.Address = "unix", u.Path
	var err error
	r.DB, err = parseDB(u.Query().Get("db"))
	return err
}

// credentials cuts user and password out of the URL's text: net/url decodes them
// differently from the Ruby client.
func credentials(text string) (user, password string, err error) {
	_, rest, _ := strings.Cut(text, "//")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return "", "", nil
	}
	user, password, both := strings.Cut(rest[:at], ":")
	if !both {
		user, password = "", user
	}
	if user, err = url.PathUnescape(user); err != nil {
		return "", "", err
	}
	password, err = url.QueryUnescape(password)
	return user, password, err
}

// parseDB reads the number of a database; without one it is 0.
func parseDB(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, errDatabase
	}
	return int(n), nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}
