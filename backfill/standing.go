package backfill

// Standing says how the token's account stands to another account.
type Standing struct {
	Following      bool
	Requested      bool
	Blocking       bool
	BlockedBy      bool
	DomainBlocking bool
	// Refusal says in words why home takes nothing of the account, such as a
	// suspension; empty if it does.
	Refusal string
	// Cause says the same in one word; empty means SuspendedByHome.
	Cause Cause
	// Remark says what else a person should know.
	Remark string
}

// allows reports whether nothing speaks against the account.
func (s Standing) allows(notFollowed bool) bool {
	return s.Refusal == "" && !s.Blocking && !s.BlockedBy && !s.DomainBlocking && (s.Following || notFollowed)
}
