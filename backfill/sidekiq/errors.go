package sidekiq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
)

// joinClose adds the error of closing something to err.
func joinClose(err, closing error) error {
	if closing == nil {
		return err
	}
	return errors.Join(err, closing)
}

// failed returns the error for something that could not be done in Redis. If Redis
// cannot be reached, or is in no state to answer, it is *backfill.UnavailableError.
func (s *Sidekiq) failed(doing string, err error) error {
	err = s.withoutPasswords(backfill.WithoutSource(err))
	if !errors.Is(err, context.Canceled) && unavailable(err) {
		return &backfill.UnavailableError{Server: s.name(), Err: fmt.Errorf("%s: %w", doing, err)}
	}
	return fmt.Errorf("%s in %s: %w", doing, s.name(), err)
}

// String says where Redis is, without a password.
func (s *Sidekiq) String() string { return s.name() }

func (s *Sidekiq) name() string { return "Redis at " + s.at.String() }

// refusal explains why the first request failed.
func (s *Sidekiq) refusal(err error) error {
	failed := s.failed("connecting", err)
	if errors.Is(err, context.Canceled) {
		return failed
	}
	hint := "check the address of Redis"
	if s.at.Variables != "" {
		hint = "check " + s.at.Variables
	}
	if prefix, ok := variablePrefix(s.at.Variables); ok && refusesLogin(err) {
		hint = "check " + prefix + "USER and " + prefix + "PASSWORD"
	} else if refusesLogin(err) {
		hint = strings.Replace(hint, "check ", "check the user and the password in ", 1)
	}
	return &backfill.Hinted{Err: failed, Hint: backfill.Say(hint)}
}

// variablePrefix is SIDEKIQ_REDIS_ or REDIS_ if user and password have variables of
// their own.
func variablePrefix(variables string) (string, bool) {
	for _, name := range []string{"HOST", "SENTINELS"} {
		if prefix, _, ok := strings.Cut(variables, name); ok {
			return prefix, true
		}
	}
	return "", false
}

func refusesLogin(err error) bool {
	return redis.HasErrorPrefix(err, "NOAUTH") || redis.HasErrorPrefix(err, "WRONGPASS") || redis.HasErrorPrefix(err, "NOPERM") ||
		strings.Contains(err.Error(), "AUTH") || strings.Contains(err.Error(), "invalid password")
}

// unavailable reports whether the connection failed, or Redis says that it cannot
// serve now: it is loading, is a replica, or has lost its replicas.
func unavailable(err error) bool {
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	for _, state := range []string{"LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "BUSY"} {
		if redis.HasErrorPrefix(err, state) {
			return true
		}
	}
	return redis.HasErrorPrefix(err, "max number of clients reached") || strings.Contains(err.Error(), "all sentinels specified in configuration are unreachable")
}

// withoutPasswords hides passwords in an error's text: old Redis servers, and
// servers of other kinds, repeat the arguments of a command that they do not know.
func (s *Sidekiq) withoutPasswords(err error) error {
	text := err.Error()
	for _, secret := range []string{s.at.Password, s.at.SentinelPassword} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	if text == err.Error() {
		return err
	}
	return &redacted{text: text, err: err}
}

// redacted is an error whose text is without secrets.
type redacted struct {
	text string
	err  error
}

func (e *redacted) Error() string { return e.text }

func (e *redacted) Unwrap() error { return e.err }
