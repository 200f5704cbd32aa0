package backfill

import "tootfill/backfill/fediverse"

// Exclusions are the accounts and servers that are left out, whoever asks for them.
// The zero value leaves out nobody.
type Exclusions struct {
	accounts map[fediverse.Handle]Exclusion
	servers  map[fediverse.Servers]Exclusion
}

// Exclusion says who leaves something out.
type Exclusion struct {
	// By is the name of the list on which it is, for people.
	By string
	// Once says that it holds for this run alone, so that a deferred account stays
	// deferred.
	Once bool
}

// AddAccount leaves an account out. The first exclusion of an account holds.
func (e *Exclusions) AddAccount(h fediverse.Handle, why Exclusion) {
	if e.accounts == nil {
		e.accounts = make(map[fediverse.Handle]Exclusion)
	}
	if _, twice := e.accounts[h]; !twice {
		e.accounts[h] = why
	}
}

// AddServers leaves servers out. The first exclusion of a name holds.
func (e *Exclusions) AddServers(s fediverse.Servers, why Exclusion) {
	if e.servers == nil {
		e.servers = make(map[fediverse.Servers]Exclusion)
	}
	if _, twice := e.servers[s]; !twice {
		e.servers[s] = why
	}
}

// Account returns an *ExcludedError if an account is left out, by its handle or
// because of one of its servers: that of the handle, and the others as far as they
// are known.
func (e *Exclusions) Account(h fediverse.Handle, servers ...string) error {
	if why, found := e.accounts[h]; found {
		return &ExcludedError{What: h.String(), Exclusion: why}
	}
	return e.Server(append([]string{h.Domain}, servers...)...)
}

// Server returns an *ExcludedError if one of the servers is left out.
func (e *Exclusions) Server(servers ...string) error {
	if len(e.servers) == 0 {
		return nil
	}
	for _, server := range servers {
		for _, name := range fediverse.NamesOf(server) {
			if why, found := e.servers[name]; found {
				return &ExcludedError{What: name.String(), Exclusion: why}
			}
		}
	}
	return nil
}

// ExcludedError: an account or a server is left out.
type ExcludedError struct {
	// What is the account or the name of the server as it was written.
	What string
	Exclusion
}

func (e *ExcludedError) Error() string { return e.What + " is in " + e.By }

// verdict skips the account.
func (e *ExcludedError) verdict() verdict {
	v := skipped(Excluded, e.Error(), Hint{})
	v.noted = e.Once
	return v
}
