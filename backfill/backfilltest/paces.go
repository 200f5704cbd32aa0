package backfilltest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tootfill/backfill"
)

// Paces keeps what processes share about paces, as a ledger does. Several goroutines may
// use it.
type Paces struct {
	// Err is what all methods of its processes return; nil for a ledger that works.
	Err error
	// Asked counts the calls of Pace and SetPace.
	Asked int

	mu      sync.Mutex
	records map[string]string
	holders int
	gone    []string
}

// Process is a process that shares them.
func (p *Paces) Process() *PacesProcess {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holders++
	return &PacesProcess{Paces: p, id: fmt.Sprint("process ", p.holders)}
}

// PacesProcess is a process that shares Paces.
type PacesProcess struct {
	*Paces
	id string
}

var _ backfill.Paces = (*PacesProcess)(nil)

// Kill ends the process.
func (p *PacesProcess) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = append(p.gone, p.id)
}

// Pace is the record of a name; see [backfill.Paces].
func (p *PacesProcess) Pace(_ context.Context, name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Asked++
	return p.records[name], p.Err
}

// SetPace replaces a record; see [backfill.Paces].
func (p *PacesProcess) SetPace(_ context.Context, name, old, record string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Asked++
	if p.Err != nil || p.records[name] != old {
		return false, p.Err
	}
	if p.records == nil {
		p.records = make(map[string]string)
	}
	p.records[name] = record
	return true, nil
}

// Holder is the id of the process; see [backfill.Paces].
func (p *PacesProcess) Holder(context.Context) (string, error) { return p.id, p.Err }

// Holds reports whether a process lives; see [backfill.Paces].
func (p *PacesProcess) Holds(_ context.Context, holder string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.Contains(p.gone, holder), p.Err
}
