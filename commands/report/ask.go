package report

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// CanAsk reports whether somebody at a terminal sees standard error and can answer on
// in.
func (s Streams) CanAsk(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && s.StderrTTY && term.IsTerminal(int(f.Fd())) && (s.foreground == nil || s.foreground())
}

// Ask asks a question on standard error, and reads the answer from in. Only "y" and
// "yes" are one; the end of in is none. The error is that of ctx, or of reading.
// Nothing is drawn meanwhile.
func (r *Run) Ask(ctx context.Context, in io.Reader, question string) (yes bool, err error) {
	r.hold(question + yesOrNo)
	defer r.resume()
	text, whole, err := answer(ctx, in)
	if whole {
		r.answered()
	}
	return isYes(text), err
}

// yesOrNo ends a question.
const yesOrNo = " [y/N] "

func isYes(text string) bool {
	text = strings.ToLower(text)
	return text == "y" || text == "yes"
}

// Ask asks a question where no run is drawn, as Run.Ask does.
func (s Streams) Ask(ctx context.Context, in io.Reader, question string) (yes bool, err error) {
	text, err := s.Prompt(ctx, in, question+yesOrNo)
	return isYes(text), err
}

// Prompt asks on standard error for a line of in, and returns it without the space
// around it. The end of in ends the line.
func (s Streams) Prompt(ctx context.Context, in io.Reader, prompt string) (string, error) {
	_, _ = io.WriteString(s.Stderr, wrap(s.inLocale(prompt), terminalWidth(s.Stderr))) // the answer shows whether it was read
	text, whole, err := answer(ctx, in)
	if f, ok := in.(*os.File); !whole || !ok || !term.IsTerminal(int(f.Fd())) {
		_, _ = io.WriteString(s.Stderr, "\n") // nobody has ended the line
	}
	return text, err
}

// answer reads a line of in; whole says that it has an end. Its error is the cause of
// the end of ctx, or that of reading.
func answer(ctx context.Context, in io.Reader) (text string, whole bool, err error) {
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1)
	go func() { // it is left behind if ctx ends first: the program ends soon
		text, err := readLine(in)
		read <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", false, context.Cause(ctx)
	case l := <-read:
		whole = l.err == nil
		if errors.Is(l.err, io.EOF) {
			l.err = nil
		}
		return strings.TrimSpace(l.text), whole, l.err
	}
}

// readLine reads to the end of a line, and no further: the rest belongs to others.
func readLine(in io.Reader) (string, error) {
	var text []byte
	for b := make([]byte, 1); ; {
		n, err := in.Read(b)
		if n == 1 && b[0] == '\n' {
			return string(text), nil
		}
		text = append(text, b[:n]...)
		if err != nil || len(text) > maxField {
			return string(text), err
		}
	}
}

// hold ends the drawing for a while, and writes a question that the cursor stays
// behind.
func (r *Run) hold(question string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.eraseBar()
	_, _ = io.WriteString(r.Stderr, wrap(r.inLocale(question), terminalWidth(r.Stderr))) // the answer shows whether it was read
	r.held, r.behind = true, true
}

// answered notes that the answer has ended the line.
func (r *Run) answered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.behind = false
}

func (r *Run) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endQuestion()
	r.held = false
}

// endQuestion ends the line of a question without an answer.
func (r *Run) endQuestion() {
	if r.behind {
		_, _ = io.WriteString(r.Stderr, "\n") // as in tellPeople
		r.behind = false
	}
}
