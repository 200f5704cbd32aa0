package commands

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"tootfill/backfill"
)

// Process runs the program with the arguments, streams and signals of this process,
// and returns the exit status. A nil network is the real one, a nil clock the
// machine's.
func Process(network Network, clock backfill.Clock) int {
	if clock == nil {
		clock = backfill.SystemClock{}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	cancelOnSignal(cancel)
	keepBrokenPipes()
	silenceAdapters()
	return Run(ctx, Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Clock: clock, Network: network, ShowProgress: progressSignals(),
	})
}

// cancelOnSignal ends the context at the first SIGINT or SIGTERM. A second one kills
// the process, as if signals had never been caught. If SIGINT was ignored when the
// process started, it stays so: a shell script does that to what it runs in the
// background, where ^C is meant for something else.
func cancelOnSignal(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	if !signal.Ignored(os.Interrupt) {
		signal.Notify(signals, os.Interrupt)
	}
	go func() {
		s := <-signals
		signal.Stop(signals)
		number, _ := s.(syscall.Signal)
		cancel(&Interrupted{Signal: number})
	}()
}
