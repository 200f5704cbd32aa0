package backfill

import (
	"errors"
	"net"
	"strings"
)

// WithoutSource is an error of a connection without the address and port that it
// had on this machine. They mean nothing to people, and differ each time although
// the reason is the same.
func WithoutSource(err error) error {
	var broken *net.OpError
	if !errors.As(err, &broken) || broken.Source == nil || broken.Addr == nil {
		return err
	}
	short := *broken
	short.Source = nil
	return &sourceless{text: strings.Replace(err.Error(), broken.Error(), short.Error(), 1), err: err}
}

// sourceless is an error with a text of its own.
type sourceless struct {
	text string
	err  error
}

func (e *sourceless) Error() string { return e.text }

func (e *sourceless) Unwrap() error { return e.err }
