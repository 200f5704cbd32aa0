// Package commands is the command line: flags, settings, wiring and what people
// see. Nothing else prints.
package commands

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"syscall"

	"tootfill/backfill"
	"tootfill/commands/report"
)

// Env is everything that the program takes from its surroundings.
type Env struct {
	// Args are the arguments without the program's name.
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Clock          backfill.Clock
	// Network replaces the machine's name resolution, connections and certificates;
	// nil means the real network.
	Network Network
	// ShowProgress asks for a line that says how far the run is; nil if nobody asks.
	ShowProgress <-chan os.Signal
}

// streams looks at standard output and standard error.
func (env Env) streams(noColor bool) report.Streams {
	return report.Look(env.Stdout, env.Stderr, env.Getenv, noColor)
}

// ledgerClock is the clock that follows the ledger's.
func (env Env) ledgerClock() *ledgerClock {
	if c, ok := env.Clock.(*ledgerClock); ok {
		return c
	}
	return &ledgerClock{Clock: env.Clock}
}

// Network is how servers are reached.
type Network interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
	RootCAs() *x509.CertPool
}

// Interrupted is the cause with which the caller of [Run] ends the context
// after a signal.
type Interrupted struct {
	Signal syscall.Signal
}

func (i *Interrupted) Error() string {
	return fmt.Sprintf("interrupted by signal %d (%s)", int(i.Signal), i.Signal)
}

// Run runs the program and returns its exit status. When ctx ends, it saves what has
// been done and returns early.
func Run(ctx context.Context, env Env) int {
	env.Clock = env.ledgerClock()
	env = env.withLog()
	err := run(ctx, env)
	status := endStatus(ctx, err)
	if !readerGone(err) && !interruption(ctx, err) {
		env.tell(jsonAsked(env.Args), status, err)
	}
	return status
}

// endStatus is the exit status after err. It is no failure that nobody reads on.
func endStatus(ctx context.Context, err error) int {
	if readerGone(err) {
		return exitDone
	}
	return exitStatus(ctx, err)
}

// readerGone reports whether err means only that the reader of the output, such as
// head, has stopped reading.
func readerGone(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && write.Path == os.Stdout.Name() && errors.Is(write.Err, syscall.EPIPE)
}

// interruption reports whether err is only the end that somebody asked for.
func interruption(ctx context.Context, err error) bool {
	var asked *Interrupted
	return ctx.Err() != nil && (errors.As(err, &asked) || errors.Is(err, context.Canceled))
}

func run(ctx context.Context, env Env) error {
	app := newApp(env)
	if len(env.Args) == 0 {
		return printText(env.Stdout, "the help", manualOf(app).Welcome(env.streams(false).StdoutColumns()))
	}
	if env.Args[0] == completeCommand {
		return complete(ctx, env, app, env.Args[1:])
	}
	order, err := arrange(app, env.Args)
	if err != nil {
		return err
	}
	switch {
	case order.help:
		return printHelp(env, order)
	case order.version:
		return printVersion(env.Stdout)
	}
	return order.invoke(ctx)
}
