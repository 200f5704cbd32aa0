package commands

import (
	"os"
	"sync"
)

// reportOptionsOf looks at the streams, the environment and the flags.
func reportOptionsOf(env Env, o sharedOptions, dryRun bool) reportOptions {
	return reportOptions{
		Stdout: env.Stdout, Stderr: env.Stderr,
		StdoutTTY: isTerminal(env.Stdout), StderrTTY: isTerminal(env.Stderr),
		Width:      func() int { return terminalWidth(env.Stderr) },
		Foreground: func() bool { return inForeground(env.Stderr) },
		UTF8:       utf8Locale(env.Getenv),
		Colour:     colourWanted(env.Getenv, o.NoColor),
		Dumb:       env.Getenv("TERM") == "dumb",
		JSON:       o.JSON, Quiet: o.Quiet, Verbose: o.Verbose, DryRun: dryRun,
		Clock: env.Clock,
	}
}

// showProgress writes a line on how far the run is whenever somebody asks,
// until the returned function is called.
func (env Env) showProgress(r *reporter) (stop func()) {
	done := make(chan struct{})
	var answering sync.WaitGroup
	answering.Go(func() { answer(env.ShowProgress, r, done) })
	return func() {
		close(done)
		answering.Wait()
	}
}

func answer(asked <-chan os.Signal, r *reporter, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-asked:
			r.notice(r.progressLine())
		}
	}
}

// abandon ends the progress without a summary, where there is nothing to sum up.
func (r *reporter) abandon() {
	r.stop()
	<-r.stopped
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.bar != nil {
		r.bar.finish()
		r.bar = nil
	}
}
