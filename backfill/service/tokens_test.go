package service

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func newTokens(t testing.TB) (*Tokens, *fakeHome, *backfilltest.Clock) {
	t.Helper()
	w := newWorld(t)
	return w.Tokens, w.home, w.clock
}

// owner is the owner of a token, or the error.
func owner(t *testing.T, tokens *Tokens, token, client string) string {
	t.Helper()
	id, err := tokens.Owner(t.Context(), token, client)
	if err != nil {
		return err.Error()
	}
	return id
}

func TestTokenIsRemembered(t *testing.T) {
	tokens, home, clock := newTokens(t)
	for range 3 {
		if got := owner(t, tokens, annes, "a"); got != "1" {
			t.Error(got)
		}
		if got := owner(t, tokens, "wrong", "a"); got != invalidToken {
			t.Error(got)
		}
		clock.Step(19 * time.Second)
	}
	if n := home.count(); n != 2 {
		t.Errorf("home was asked %d times", n)
	}
	clock.Step(3 * time.Second)
	owner(t, tokens, annes, "a")
	if n := home.count(); n != 3 {
		t.Errorf("after a minute, home was asked %d times", n)
	}
}

func TestTokenIsRevoked(t *testing.T) {
	tokens, home, clock := newTokens(t)
	owner(t, tokens, annes, "a")
	home.set(annes, "", &DeniedError{Status: 401, Message: "The access token was revoked"})
	clock.Step(tokenMemory - time.Second)
	if got := owner(t, tokens, annes, "a"); got != "1" {
		t.Error(got)
	}
	clock.Step(time.Second)
	if got := owner(t, tokens, annes, "a"); got != "The access token was revoked" {
		t.Error(got)
	}
}

// If the clock is set back, nothing is known for longer than a minute.
func TestTokenAndClockSetBack(t *testing.T) {
	tokens, home, clock := newTokens(t)
	owner(t, tokens, annes, "a")
	clock.Step(-time.Hour)
	owner(t, tokens, annes, "a")
	if n := home.count(); n != 2 {
		t.Errorf("home was asked %d times", n)
	}
}

// Home's outage is no fault of the token, and is over when it is over.
func TestOutageIsNotRemembered(t *testing.T) {
	tokens, home, _ := newTokens(t)
	home.set(annes, "", errAway)
	for range 2 * mostWrong {
		if got := owner(t, tokens, annes, "a"); got != "away" {
			t.Fatal(got)
		}
	}
	home.set(annes, "1", nil)
	if got := owner(t, tokens, annes, "a"); got != "1" {
		t.Error(got)
	}
}

func TestTooMuchAskedWithAToken(t *testing.T) {
	tokens, home, clock := newTokens(t)
	home.set(annes, "", &backfill.NotNowError{Status: 429, RetryAt: clock.Now().Add(10 * time.Second)})
	for range 3 {
		owner(t, tokens, annes, "a")
		clock.Step(3 * time.Second)
	}
	if n := home.count(); n != 1 {
		t.Errorf("home was asked %d times", n)
	}
	home.set(annes, "1", nil)
	clock.Step(time.Second)
	if got := owner(t, tokens, annes, "a"); got != "1" {
		t.Error(got)
	}
}

// Two people's tokens at the same time are never taken for each other, and home is
// asked once about each.
func TestTokensOfTwoPeople(t *testing.T) {
	tokens, home, _ := newTokens(t)
	home.wait = make(chan struct{})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			token, want := annes, "1"
			if i%2 == 1 {
				token, want = bobs, "2"
			}
			if got, err := tokens.Owner(t.Context(), token, "a"); got != want || err != nil {
				t.Errorf("%s: %s, %v", token, got, err)
			}
		})
	}
	close(home.wait)
	all.Wait()
	if n := home.count(); n != 2 {
		t.Errorf("home was asked %d times", n)
	}
}

func TestWrongTokensAreSlowed(t *testing.T) {
	tokens, home, clock := newTokens(t)
	owner(t, tokens, annes, "a")
	for i := range mostWrong {
		if got := owner(t, tokens, fmt.Sprint("guess", i), "a"); got != invalidToken {
			t.Fatalf("%d: %s", i, got)
		}
		clock.Step(time.Second)
	}
	asked := home.count()
	for i := range 100 {
		_, err := tokens.Owner(t.Context(), fmt.Sprint("more", i), "a")
		var slow *SlowDownError
		if !errors.As(err, &slow) || !slow.RetryAt.Equal(clock.Now().Add(wrongPeriod-mostWrong*time.Second)) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if home.count() != asked {
		t.Errorf("home was asked %d times more", home.count()-asked)
	}
	if got := owner(t, tokens, annes, "a"); got != "1" {
		t.Errorf("a token that is known: %s", got)
	}
	if got := owner(t, tokens, bobs, "b"); got != "2" {
		t.Errorf("from elsewhere: %s", got)
	}
	clock.Step(wrongPeriod)
	if got := owner(t, tokens, bobs+"x", "a"); got != invalidToken {
		t.Errorf("later: %s", got)
	}
}

// Good tokens are not counted, nor those that lack a scope.
func TestGoodTokensAreNotSlowed(t *testing.T) {
	tokens, home, _ := newTokens(t)
	for i := range 3 * mostWrong {
		token := fmt.Sprint("good", i)
		home.set(token, "3", nil)
		if i%2 == 1 {
			home.set(token, "", &DeniedError{Status: http.StatusForbidden})
		}
		if got := owner(t, tokens, token, "a"); got != "3" && got != scopeMissing {
			t.Fatalf("%d: %s", i, got)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := newAging[string, int](100, time.Minute)
	clock := backfilltest.NewClock()
	for i := range 1000 {
		m.put(fmt.Sprint(i), i, clock.Now())
		clock.Step(time.Millisecond)
		if m.len() > 100 || m.order.Len() != m.len() {
			t.Fatalf("%d, %d", m.len(), m.order.Len())
		}
	}
	if _, _, ok := m.get("899", clock.Now()); ok {
		t.Error("the oldest is still there")
	}
	if v, _, ok := m.get("900", clock.Now()); !ok || v != 900 {
		t.Errorf("%d, %t", v, ok)
	}
	clock.Step(time.Minute)
	if m.put("x", 1, clock.Now()); m.len() != 1 {
		t.Errorf("%d are left", m.len())
	}
}

func TestNoRandomness(t *testing.T) {
	if _, err := NewTokens(&fakeHome{}, backfilltest.NewClock(), strings.NewReader("short")); err == nil {
		t.Error("no error")
	}
}
