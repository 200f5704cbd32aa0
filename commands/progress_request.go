package commands

import (
	"os"
	"sync"

	"tootfill/commands/report"
)

// answerProgress shows how far the run is whenever somebody asks, until the
// returned function is called.
func (env Env) answerProgress(r *report.Run) (stop func()) {
	done := make(chan struct{})
	var answering sync.WaitGroup
	answering.Go(func() { answer(env.ShowProgress, r, done) })
	return func() {
		close(done)
		answering.Wait()
	}
}

func answer(asked <-chan os.Signal, r *report.Run, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-asked:
			r.ShowProgress()
		}
	}
}
