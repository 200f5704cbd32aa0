package ledger

// What only tests see.
const (
	RowBatch   = rowBatch
	DeepestMet = deepestMet
)

var (
	CutURI   = cutURI
	Outcomes = outcomes
)

// DatabaseOf is where a ledger is kept.
func DatabaseOf(l *Ledger) Database { return l.db }

// HoldWrites keeps changes waiting that are written together, until release is called.
func HoldWrites(l *Ledger) (release func()) {
	l.together.turn.Lock()
	return l.together.turn.Unlock
}

// WaitingWrites counts them.
func WaitingWrites(l *Ledger) int {
	l.together.mu.Lock()
	defer l.together.mu.Unlock()
	return len(l.together.waiting)
}
