package report

import (
	"fmt"
	"io"
)

// resultWriter writes results and keeps the first error: lost results (a full disk)
// are a failure of the run. After an error it writes nothing more, so that the
// output ends where it broke off.
type resultWriter struct {
	w   io.Writer
	err error
}

func (w *resultWriter) write(s string) {
	if w.err != nil {
		return
	}
	if _, err := io.WriteString(w.w, s); err != nil {
		w.fail(err)
	}
}

func (w *resultWriter) fail(err error) {
	if w.err == nil {
		w.err = fmt.Errorf("writing results: %w", err)
	}
}
