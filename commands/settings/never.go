package settings

import (
	"errors"
	"strings"

	"tootfill/backfill/fediverse"
)

// Never are the servers whose accounts are never filled.
type Never struct {
	Servers []fediverse.Servers
	// From says where the list stands, for people.
	From string
}

// readNever reads the servers that are left out.
func readNever(file configFile, getenv func(string) string) (Never, error) {
	n, list, where := Never{From: "[servers] never"}, file.Servers.Never, file.path+": servers.never"
	if env := getenv("TOOTFILL_NEVER"); env != "" {
		n.From, where, list = "TOOTFILL_NEVER", "TOOTFILL_NEVER", strings.Split(env, ",")
	}
	for _, text := range list {
		if strings.TrimSpace(text) == "" && where == "TOOTFILL_NEVER" {
			continue
		}
		s, err := fediverse.ParseServers(text)
		var bad *fediverse.HandleError
		if errors.As(err, &bad) {
			return n, wrongf(bad.Hint, "%s: %v", where, err)
		}
		n.Servers = append(n.Servers, s)
	}
	return n, nil
}
