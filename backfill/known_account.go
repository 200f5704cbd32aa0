package backfill

import (
	"fmt"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// accountMemory is how long to remember what home has said of an account.
	accountMemory = 7 * 24 * time.Hour
	// maxKnownAccount is the length of the longest text of that kind that is kept, in
	// bytes.
	maxKnownAccount = 8 << 10
)

// knownAccount is what home has said of an account that may be filled. Its standing is
// asked again before anything is delivered.
type knownAccount struct {
	ID        string `json:"id"`
	Username  string `json:"username"`
	URI       string `json:"uri,omitempty"`
	URL       string `json:"url,omitempty"`
	Following bool   `json:"following,omitempty"`
}

func (k knownAccount) account(h fediverse.Handle) fediverse.Account {
	return fediverse.Account{ID: k.ID, Handle: h, Username: k.Username, URI: k.URI, URL: k.URL}
}

// accountFact is what is remembered of an account by its canonical handle.
func (s *session) accountFact(h fediverse.Handle) Fact {
	return NewFact(s.engine.Ledger, s.engine.Home, "account for "+s.engine.Asker, h)
}

// recallAccount returns what is remembered of an account; nil if nothing is.
func (s *session) recallAccount(h fediverse.Handle) (*knownAccount, error) {
	if s.engine.Asker == "" {
		return nil, nil
	}
	value, err := s.accountFact(h).Recall(s.saving)
	if err != nil {
		return nil, fmt.Errorf("recalling %s: %w", h, err)
	}
	k, ok := ReadFact[knownAccount](value, maxKnownAccount)
	if !ok || k.ID == "" {
		return nil, nil
	}
	return &k, nil
}

// rememberAccount remembers an account that may be filled, if home was asked about it.
func (s *session) rememberAccount(r *accountRun, standing Standing) error {
	a := r.accountNow()
	if s.engine.Asker == "" || r.standing != nil && !r.introduced || a.ID == "" || a.Local || a.SuspendedByHome || standing.Remark != "" {
		return nil
	}
	value := FactText(knownAccount{ID: a.ID, Username: a.Username, URI: a.URI, URL: a.URL, Following: standing.Following}, maxKnownAccount)
	if value == "" {
		return nil // home is asked again
	}
	if err := s.accountFact(a.Handle).Remember(s.saving, value, s.now().Add(accountMemory)); err != nil {
		return fmt.Errorf("remembering %s: %w", a.Handle, err)
	}
	return nil
}

// forgetAccount forgets what home has said of an account.
func (s *session) forgetAccount(h fediverse.Handle) error {
	if s.engine.Asker == "" {
		return nil
	}
	if err := s.accountFact(h).Remember(s.saving, "", s.now()); err != nil {
		return fmt.Errorf("forgetting %s: %w", h, err)
	}
	return nil
}
