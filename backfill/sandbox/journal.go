package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// journalName is the file in Options.Dir: one JSON object a line, appended as
// things happen, so that a killed process loses at most its last line.
const journalName = "home.jsonl"

// line is one entry of the journal; one of Account, Status and Asked is set.
type line struct {
	Account *knownAccount `json:"account,omitempty"`
	Status  *status       `json:"status,omitempty"`
	Via     string        `json:"via,omitempty"`
	At      time.Time     `json:"at,omitzero"`
	Asked   string        `json:"asked,omitempty"`
}

// keepIn reads the journal in a folder and appends to it from then on; with an empty
// name nothing is kept.
func (h *Home) keepIn(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the sandbox's folder: %w", err)
	}
	name := filepath.Join(dir, journalName)
	data, err := readKept(name)
	if err != nil {
		return fmt.Errorf("reading the sandbox's journal: %w", err)
	}
	if err := h.load(data); err != nil {
		return fmt.Errorf("reading the sandbox's journal %s: %w", name, err)
	}
	if h.journal, err = os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("opening the sandbox's journal: %w", err)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		// A torn line stays where it is, and is skipped from now on.
		if _, err := h.journal.WriteString("\n"); err != nil {
			return fmt.Errorf("writing the sandbox's journal: %w", err)
		}
	}
	return nil
}

// readKept reads a file in Options.Dir, and returns nil if there is none. Anything
// but a regular file is an error; reading a pipe could block forever.
func readKept(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return os.ReadFile(name)
}

// load replays the journal. It skips a line that is not whole JSON, which a process
// left behind as it ended; whole lines that mean nothing are an error.
func (h *Home) load(data []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for n, text := range bytes.Split(data, []byte("\n")) {
		if !json.Valid(text) {
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
		h.replay(l)
	}
	return nil
}

func (h *Home) replay(l line) {
	switch {
	case l.Account != nil:
		h.journaled[l.Account.URI] = true
		if known := h.byURI[l.Account.URI]; known != nil {
			l.Account.ID = known.ID
			if known.Refreshed.After(l.Account.Refreshed) {
				l.Account.Refreshed = known.Refreshed
			}
			*known = *l.Account
		} else {
			h.addAccount(l.Account)
		}
	case l.Status != nil && h.statuses[l.Status.URI] == nil && h.byURI[l.Status.Account] != nil:
		h.store(l.Status)
		h.imports = append(h.imports, Import{URI: l.Status.URI, At: l.At, Via: l.Via})
	case l.Asked != "":
		h.asked[l.Asked]++
	}
}

// writeStatus appends a post, preceded by its account if the journal does not have
// that yet. With mu held.
func (h *Home) writeStatus(s *status, account *knownAccount, via string) {
	if !h.journaled[account.URI] {
		h.writeAccount(account)
	}
	h.write(line{Status: s, Via: via, At: h.now()})
}

func (h *Home) writeAccount(a *knownAccount) {
	h.journaled[a.URI] = true
	h.write(line{Account: a})
}

// write appends an entry in a single write, so that the lines of two processes do
// not mix. With mu held.
func (h *Home) write(l line) {
	if h.journal == nil {
		return
	}
	data, err := json.Marshal(l)
	if err == nil {
		_, err = h.journal.Write(append(data, '\n'))
	}
	if err != nil && h.journalErr == nil {
		h.journalErr = fmt.Errorf("writing the sandbox's journal: %w", err)
	}
}

// ask counts a search for a URI.
func (h *Home) ask(uri string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked[uri]++
	h.write(line{Asked: uri})
}

// closeJournal closes the journal. It also returns the first error of writing to it.
func (h *Home) closeJournal() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.journal == nil {
		return nil
	}
	err := errors.Join(h.journalErr, h.journal.Close())
	h.journal = nil
	return err
}
