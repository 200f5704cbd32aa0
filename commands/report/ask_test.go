package report

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestAnswers(t *testing.T) {
	for answer, want := range map[string]bool{
		"y\n": true, "Yes\r\n": true, " YES \n": true, "y": true,
		"n\n": false, "\n": false, "": false, "yesterday\n": false, "n\ny\n": false, strings.Repeat("y", 10000): false,
	} {
		synctest.Test(t, func(t *testing.T) {
			o, s := onScreen(80)
			r := Begin(o)
			time.Sleep(150 * time.Millisecond)
			yes, err := r.Ask(t.Context(), strings.NewReader(answer), "Go on?")
			if yes != want || err != nil {
				t.Errorf("%.20q: %v, %v", answer, yes, err)
			}
			if text := s.text(); !strings.HasPrefix(text, "Go on? [y/N] ") && text != "Go on? [y/N]" && !strings.HasPrefix(text, "Go on? [y/N]\n") {
				t.Errorf("%.20q: it shows %q", answer, text)
			}
			_ = r.Close(Summary{})
		})
	}
}

// The rest of the input belongs to others.
func TestOnlyTheAnswerIsRead(t *testing.T) {
	o, _, _ := piped()
	r := Begin(o)
	defer r.Abandon()
	in := strings.NewReader("y\nalice@photos.example\n")
	if yes, err := r.Ask(t.Context(), in, "Go on?"); !yes || err != nil {
		t.Errorf("%v, %v", yes, err)
	}
	if rest, _ := io.ReadAll(in); string(rest) != "alice@photos.example\n" {
		t.Errorf("%q is left", rest)
	}
}

// While a question waits, nothing is drawn over it; what people are told begins a line.
func TestNothingIsDrawnWhileAQuestionWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		r := Begin(o)
		time.Sleep(150 * time.Millisecond)
		in, answer := io.Pipe()
		ctx, interrupt := context.WithCancelCause(t.Context())
		asked := make(chan error)
		go func() {
			_, err := r.Ask(ctx, in, "Go on?")
			asked <- err
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "a minute later", s.text(), "Go on? [y/N]")
		r.Notice("finishing")
		interrupt(errors.New("a signal"))
		if err := <-asked; err == nil || err.Error() != "a signal" {
			t.Errorf("the error is %v", err)
		}
		expect(t, "after a signal", s.text(), "Go on? [y/N]\nfinishing\n")
		_ = answer.Close()
		r.Abandon()
	})
}

func TestAnswerThatCannotBeRead(t *testing.T) {
	o, _, _ := piped()
	r := Begin(o)
	defer r.Abandon()
	if yes, err := r.Ask(t.Context(), iotest.ErrReader(errors.New("gone")), "Go on?"); yes || err == nil {
		t.Errorf("%v, %v", yes, err)
	}
}

func TestWhoCanBeAsked(t *testing.T) {
	if (Streams{StderrTTY: true}).CanAsk(strings.NewReader("y\n")) {
		t.Error("a reader that is no terminal")
	}
}
