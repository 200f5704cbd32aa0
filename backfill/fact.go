package backfill

import (
	"context"
	"encoding/json"
	"time"

	"tootfill/backfill/fediverse"
)

// Fact is something that the ledger remembers of one account at one server.
type Fact struct {
	memory       Memory
	server, name string
}

// Memory remembers what servers have shown of themselves.
type Memory interface {
	// Recall returns what was remembered of a server under a name, or "" if there
	// is nothing or it has expired. Remember keeps it until a time.
	Recall(ctx context.Context, server, name string) (string, error)
	Remember(ctx context.Context, server, name, value string, until time.Time) error
}

// NewFact is what is remembered of an account at a server under a name.
func NewFact(m Memory, server, name string, h fediverse.Handle) Fact {
	return Fact{memory: m, server: server, name: name + " " + h.String()}
}

// Recall returns the fact, or "" if there is none or it has expired.
func (f Fact) Recall(ctx context.Context) (string, error) {
	return f.memory.Recall(context.WithoutCancel(ctx), f.server, f.name)
}

// Remember keeps the fact until a time. It is kept even if ctx has ended: what has
// happened must be recorded.
func (f Fact) Remember(ctx context.Context, value string, until time.Time) error {
	return f.memory.Remember(context.WithoutCancel(ctx), f.server, f.name, value, until)
}

// Memo is a fact that is to be remembered of a server under a name until a time.
type Memo struct {
	Server, Name, Value string
	Until               time.Time
}

// Memo is the fact with a value, for a [Settlement].
func (f Fact) Memo(value string, until time.Time) *Memo {
	return &Memo{Server: f.server, Name: f.name, Value: value, Until: until}
}

// FactText is the text by which something is remembered, or "" if that would be longer
// than most bytes.
func FactText(v any, most int) string {
	text, err := json.Marshal(v)
	if err != nil || len(text) > most {
		return ""
	}
	return string(text)
}

// ReadFact reads what [FactText] has written. ok is false if there is no text, or one that
// is damaged or longer than most bytes.
func ReadFact[T any](text string, most int) (v T, ok bool) {
	if text == "" || len(text) > most || json.Unmarshal([]byte(text), &v) != nil {
		var none T
		return none, false
	}
	return v, true
}
