package home

import (
	"context"

	"tootfill/backfill/fediverse"
)

// Rules are what home's moderators have decided.
type Rules interface {
	// DomainBlock finds the rule that applies to a domain; the zero Block if there
	// is none.
	DomainBlock(ctx context.Context, domain string) (Block, error)
	// DomainAllowed reports whether a home in limited federation mode takes
	// anything from a domain. An error may be ErrNoRight.
	DomainAllowed(ctx context.Context, domain string) (bool, error)
	// AccountBlock says whether moderators have limited this one account.
	AccountBlock(ctx context.Context, a fediverse.Account) (Severity, error)
}

// Severity is how severely home's moderators limit a server or an account.
type Severity string

// The severities. Suspend: home accepts no posts. Silence: only followers see the
// posts. Noop: a rule that limits nothing by itself.
const (
	NoBlock Severity = ""
	Noop    Severity = "noop"
	Silence Severity = "silence"
	Suspend Severity = "suspend"
)

// Block is a rule by home's moderators about a server.
type Block struct {
	// Domain is the domain that the rule names: the server's own, or a parent.
	Domain   string
	Severity Severity
	// RejectMedia says that home keeps no pictures, sounds and videos.
	RejectMedia bool
}
