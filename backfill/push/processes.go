package push

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tootfill/backfill"
)

const (
	// processMemory is how long to remember the processes that were alive when jobs
	// were pushed.
	processMemory = 30 * 24 * time.Hour
	// mostProcesses bounds how many of them are remembered.
	mostProcesses = 200
)

// recallProcesses recalls which processes were alive when an earlier run pushed
// jobs: nobody knows which of them worked on which job.
func (d *delivery) recallProcesses() error {
	text, err := d.processes.fact.Recall(d.ctx)
	if err != nil {
		return fmt.Errorf("recalling the processes of Sidekiq for %s: %w", d.account.Handle, err)
	}
	d.processes.met = strings.Fields(text)
	return nil
}

// seeProcesses notes which processes are alive, before jobs are pushed.
func (d *delivery) seeProcesses() error {
	alive, err := d.processesNow()
	if err != nil {
		return err
	}
	d.processes.alive = alive
	met := slices.Clone(d.processes.met)
	for _, identity := range alive {
		if !slices.Contains(met, identity) {
			met = append(met, identity)
		}
	}
	if len(met) == len(d.processes.met) {
		return nil
	}
	met = met[max(0, len(met)-mostProcesses):]
	return d.rememberProcesses(met, d.route.Clock.Now().Add(processMemory))
}

// forgetProcesses forgets them once no job is under way.
func (d *delivery) forgetProcesses() error {
	if len(d.processes.met) == 0 {
		return nil
	}
	return d.rememberProcesses(nil, d.route.Clock.Now())
}

func (d *delivery) rememberProcesses(met []string, until time.Time) error {
	if err := d.processes.fact.Remember(d.ctx, strings.Join(met, " "), until); err != nil {
		return fmt.Errorf("remembering the processes of Sidekiq for %s: %w", d.account.Handle, err)
	}
	d.processes.met = met
	return nil
}

func (d *delivery) processesNow() ([]string, error) {
	processes, err := d.listProcesses()
	if err != nil {
		return nil, err
	}
	alive := make([]string, 0, len(processes))
	for _, p := range processes {
		alive = append(alive, p.Identity)
	}
	return alive, nil
}

func (d *delivery) listProcesses() ([]backfill.WorkerProcess, error) {
	processes, err := d.route.workers.Processes(d.ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the processes of Sidekiq of %s: %w", d.route.Home, err)
	}
	return processes, nil
}

// ended reports whether one of the processes is no longer alive.
func ended(processes, alive []string) bool {
	return slices.ContainsFunc(processes, func(p string) bool { return !slices.Contains(alive, p) })
}

// warnOfIdleQueue warns, once in a run, that nobody knows how long the jobs will
// wait.
func (d *delivery) warnOfIdleQueue() error {
	processes, err := d.listProcesses()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(processes, func(p backfill.WorkerProcess) bool { return p.Imports }) {
		return nil
	}
	text := "no Sidekiq process of " + d.route.Home + " is running: jobs will wait"
	if len(processes) > 0 {
		text = "no Sidekiq process of " + d.route.Home + " works on the queue pull: jobs will wait"
	}
	d.route.onceIdle.Do(func() {
		d.filling.Tell(backfill.Warned{Text: text, Hint: backfill.Hint{Kind: backfill.StartWorkers}})
	})
	return nil
}
