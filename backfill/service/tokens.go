package service

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"tootfill/backfill"
)

const (
	// tokenMemory is how long is known what home has said of a token.
	tokenMemory = time.Minute
	// mostTokens is how many tokens are known at a time.
	mostTokens = 10_000
	// verifiedAtOnce is how many tokens home is asked about at once: each keeps one of
	// its threads busy, of which Mastodon has five by default (config/puma.rb).
	verifiedAtOnce = 4
	// verifyTime bounds how long that may take, with the wait for a turn.
	verifyTime = 20 * time.Second
)

// Home tells whose a token is.
type Home interface {
	// Owner is the id at home of the account that a token belongs to, if the token has
	// all scopes that are needed. Errors are, or wrap, *DeniedError if home does not
	// accept the token, *backfill.NotNowError if too much was asked with it, and
	// *backfill.UnavailableError or *backfill.AnswerError if home tells nothing.
	Owner(ctx context.Context, token string) (string, error)
}

// Tokens remembers for a minute whose tokens are, or why they are not accepted. It
// keeps no token, but a hash of it whose key lives no longer than the process. Several
// goroutines may use it.
type Tokens struct {
	home  Home
	clock backfill.Clock
	key   []byte
	turns chan struct{}

	mu    sync.Mutex
	known *aging[tokenHash, *verification]
	wrong wrongTokens
}

type tokenHash [sha256.Size]byte

// verification is what home says of a token. owner, until and err are set when done is
// closed.
type verification struct {
	done  chan struct{}
	owner string
	// until is when err no longer holds; zero if that is not known.
	until time.Time
	err   error
}

// NewTokens takes the key of its hashes from random.
func NewTokens(home Home, clock backfill.Clock, random io.Reader) (*Tokens, error) {
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("making a key for the hashes of tokens: %w", err)
	}
	return &Tokens{
		home: home, clock: clock, key: key, turns: make(chan struct{}, verifiedAtOnce),
		known: newAging[tokenHash, *verification](mostTokens, tokenMemory), wrong: newWrongTokens(),
	}, nil
}

// Owner is the id at home of the account that a token belongs to. client is the address
// that has shown it. Errors are those of Home, the context's, and *SlowDownError.
func (t *Tokens) Owner(ctx context.Context, token, client string) (string, error) {
	v, err := t.verification(ctx, token, client)
	if err != nil {
		return "", err
	}
	select {
	case <-v.done:
		return v.owner, v.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// verification is the one of a token that is known or under way, or else a new one.
func (t *Tokens) verification(ctx context.Context, token, client string) (*verification, error) {
	hash := t.hash(token)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	if v, _, known := t.known.get(hash, now); known && !v.isOver(now) {
		return v, nil
	}
	if retryAt, ok := t.wrong.suspect(client, now); !ok {
		return nil, &SlowDownError{RetryAt: retryAt}
	}
	v := &verification{done: make(chan struct{})}
	t.known.put(hash, v, now)
	// whoever asks first may leave, while others wait for the same answer
	go t.verify(context.WithoutCancel(ctx), v, token, client)
	return v, nil
}

// isOver reports whether what was learnt has ceased to hold before it is forgotten.
func (v *verification) isOver(now time.Time) bool {
	select {
	case <-v.done:
		return !v.until.IsZero() && !now.Before(v.until)
	default:
		return false
	}
}

func (t *Tokens) hash(token string) (h tokenHash) {
	mac := hmac.New(sha256.New, t.key)
	_, _ = mac.Write([]byte(token)) // a hash takes everything
	mac.Sum(h[:0])
	return h
}

// verify asks home about a token.
func (t *Tokens) verify(ctx context.Context, v *verification, token, client string) {
	owner, err := t.ask(ctx, token)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	var denied *DeniedError
	var notNow *backfill.NotNowError
	isDenied := errors.As(err, &denied)
	if !isDenied || denied.Status != http.StatusUnauthorized {
		t.wrong.clear(client, now)
	}
	v.owner, v.err = owner, err
	switch {
	case err == nil || isDenied:
	case errors.As(err, &notNow):
		v.until = notNow.RetryAt
	default: // it says nothing about the token
		v.until = now
	}
	close(v.done)
}

func (t *Tokens) ask(ctx context.Context, token string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	select {
	case t.turns <- struct{}{}:
		defer func() { <-t.turns }()
		return t.home.Owner(ctx, token)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
