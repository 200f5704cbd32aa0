package backfill

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// processMemory is for how long the processes are remembered that were alive
	// when jobs were pushed.
	processMemory = 30 * 24 * time.Hour
	// mostProcesses bounds how many of them are.
	mostProcesses = 200
)

func (d *pushing) processFact() string { return "sidekiq_processes " + d.account.Handle.String() }

// recallProcesses takes up which processes were alive when an earlier run pushed
// jobs: which of them worked on which job nobody knows.
func (d *pushing) recallProcesses() error {
	text, err := d.Ledger.Recall(d.saving, d.Home, d.processFact())
	if err != nil {
		return fmt.Errorf("recalling the processes of Sidekiq for %s: %w", d.account.Handle, err)
	}
	d.met = strings.Fields(text)
	return nil
}

// seeProcesses notes which processes are alive, before jobs are pushed.
func (d *pushing) seeProcesses() error {
	alive, err := d.processesNow()
	if err != nil {
		return err
	}
	d.alive = alive
	met := slices.Clone(d.met)
	for _, identity := range alive {
		if !slices.Contains(met, identity) {
			met = append(met, identity)
		}
	}
	if len(met) == len(d.met) {
		return nil
	}
	met = met[max(0, len(met)-mostProcesses):]
	return d.rememberProcesses(met, d.Clock.Now().Add(processMemory))
}

// forgetProcesses forgets them once no job is under way any more.
func (d *pushing) forgetProcesses() error {
	if len(d.met) == 0 {
		return nil
	}
	return d.rememberProcesses(nil, d.Clock.Now())
}

func (d *pushing) rememberProcesses(met []string, until time.Time) error {
	if err := d.Ledger.Remember(d.saving, d.Home, d.processFact(), strings.Join(met, " "), until); err != nil {
		return fmt.Errorf("remembering the processes of Sidekiq for %s: %w", d.account.Handle, err)
	}
	d.met = met
	return nil
}

func (d *pushing) processesNow() ([]string, error) {
	processes, err := d.Workers.Processes(d.ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the processes of Sidekiq of %s: %w", d.Home, err)
	}
	alive := make([]string, 0, len(processes))
	for _, p := range processes {
		alive = append(alive, p.Identity)
	}
	return alive, nil
}

// ended says that one of the processes is not alive any more.
func ended(processes, alive []string) bool {
	return slices.ContainsFunc(processes, func(p string) bool { return !slices.Contains(alive, p) })
}

// warnOfIdleQueue says, once in a run, that the jobs will wait for nobody knows
// how long.
func (d *pushing) warnOfIdleQueue() error {
	processes, err := d.Workers.Processes(d.ctx)
	if err != nil {
		return fmt.Errorf("reading the processes of Sidekiq of %s: %w", d.Home, err)
	}
	if slices.ContainsFunc(processes, func(p WorkerProcess) bool { return p.Imports }) {
		return nil
	}
	text := "no Sidekiq process of " + d.Home + " is alive: jobs will wait"
	if len(processes) > 0 {
		text = "no Sidekiq process of " + d.Home + " works on the queue pull: jobs will wait"
	}
	d.onceIdle.Do(func() {
		d.tell(Warned{Text: text, Hint: Hint{Kind: StartWorkers}})
	})
	return nil
}
