package sidekiq

import (
	"fmt"
	"net"
	"strings"
)

const defaultSentinelPort = "26379"

// OptionsFromEnv reads Mastodon's variables as Mastodon does (lib/mastodon/
// redis_configuration.rb): SIDEKIQ_REDIS_URL, or the SIDEKIQ_REDIS_SENTINEL_
// ones, or SIDEKIQ_REDIS_HOST and its like; if none of them is set, the same
// with REDIS_, and redis://localhost:6379/0 as the last resort. A variable that
// is set but empty counts as unset.
//
// Errors name the variable, and never repeat its value.
func OptionsFromEnv(getenv func(string) string) (Options, error) {
	r, err := environment{getenv, "SIDEKIQ_REDIS_"}.redis("")
	if err == nil && r.Variables == "" {
		r, err = environment{getenv, "REDIS_"}.redis("localhost")
	}
	if err != nil {
		return Options{}, err
	}
	return Options{
		Redis: r, Namespace: strings.TrimSpace(getenv("REDIS_NAMESPACE")),
		FetchReplies: getenv("FETCH_REPLIES_ENABLED") == "true",
	}, nil
}

// environment reads the variables with one prefix.
type environment struct {
	getenv func(string) string
	prefix string
}

func (e environment) get(name string) string {
	value := e.getenv(e.prefix + name)
	if strings.TrimSpace(value) == "" {
		return ""
	}
	return value
}

// or reads a variable with a default.
func (e environment) or(name, otherwise string) string {
	if value := e.get(name); value != "" {
		return value
	}
	return otherwise
}

// redis returns a Redis without Variables if nothing is set and there is no
// default host.
func (e environment) redis(defaultHost string) (Redis, error) {
	if text := e.get("URL"); text != "" {
		r, err := ParseURL(strings.TrimSpace(text))
		if err != nil {
			return Redis{}, fmt.Errorf("%sURL %w", e.prefix, err)
		}
		r.Variables = e.prefix + "URL"
		return r, nil
	}
	r := Redis{Network: "tcp", User: e.get("USER"), Password: e.get("PASSWORD")}
	var err error
	if r.DB, err = parseDB(e.get("DB")); err != nil {
		return Redis{}, fmt.Errorf("%sDB %w", e.prefix, err)
	}
	if bySentinel, err := e.sentinels(&r); bySentinel || err != nil {
		return r, err
	}
	return e.host(r, defaultHost)
}

func (e environment) host(r Redis, defaultHost string) (Redis, error) {
	host := strings.TrimSpace(e.or("HOST", defaultHost))
	if host == "" {
		return Redis{}, nil
	}
	port := e.or("PORT", defaultPort)
	if !isPort(port) {
		return Redis{}, fmt.Errorf("%sPORT %w", e.prefix, errPort)
	}
	r.Address = net.JoinHostPort(strings.Trim(host, "[]"), port)
	r.Variables = e.prefix + "HOST and " + e.prefix + "PORT"
	return r, nil
}

// sentinels reads the addresses of sentinels into r. They count only if the name
// of the master is set too.
func (e environment) sentinels(r *Redis) (bool, error) {
	master := strings.TrimSpace(e.get("SENTINEL_MASTER"))
	port := e.or("SENTINEL_PORT", defaultSentinelPort)
	var addresses []string
	for text := range strings.SplitSeq(e.get("SENTINELS"), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		address, ok := sentinelAddress(text, port)
		if !ok {
			return false, fmt.Errorf("%sSENTINELS is not a list of host:port, or %sSENTINEL_PORT is not a port", e.prefix, e.prefix)
		}
		addresses = append(addresses, address)
	}
	if master == "" || len(addresses) == 0 {
		return false, nil
	}
	r.Master, r.Sentinels = master, addresses
	r.SentinelUser = e.or("SENTINEL_USERNAME", r.User)
	r.SentinelPassword = e.or("SENTINEL_PASSWORD", r.Password)
	r.Variables = e.prefix + "SENTINELS and " + e.prefix + "SENTINEL_MASTER"
	return true, nil
}

func sentinelAddress(text, defaultPort string) (string, bool) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), defaultPort
	}
	if host == "" || !isPort(port) || strings.ContainsAny(host, "[]@/ ") {
		return "", false
	}
	return net.JoinHostPort(host, port), true
}
