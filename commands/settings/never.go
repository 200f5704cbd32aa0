package settings

import (
	"errors"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Never are the servers whose accounts are never filled.
type Never struct {
	Servers []fediverse.Servers
	// From says where the list stands, for people.
	From string
}

// AddTo leaves the servers out.
func (n Never) AddTo(e *backfill.Exclusions) {
	for _, s := range n.Servers {
		e.AddServers(s, backfill.Exclusion{By: n.From})
	}
}

// readNever reads the servers that are left out.
func (s *Settings) readNever(p places) error {
	from := p.choose("servers.never")
	s.Never = Never{From: "[servers] never"}
	if from.from != "" {
		s.Never.From = from.from
	}
	for _, text := range from.list {
		if strings.TrimSpace(text) == "" && from.line == "" {
			continue
		}
		server, err := fediverse.ParseServers(text)
		var bad *fediverse.HandleError
		if errors.As(err, &bad) {
			return from.wrong(bad.Hint, "%v", err)
		}
		s.Never.Servers = append(s.Never.Servers, server)
	}
	return nil
}
