package commands

import (
	"context"

	"tootfill/commands/monitor"
)

// checkMetricsFile finds out whether runs will be able to write their metrics.
func (u *setup) checkMetricsFile(context.Context) (string, error) {
	file := u.settings.MetricsFile
	if file == "" {
		return "", nil
	}
	return file + ", which every run of accounts backfill will write", checkMetricsFile(monitor.MetricsFile(file))
}

// checkPing tells who is told of runs. Nobody is told of this: a start without an end
// would raise an alarm. What is wrong with the address has been told with the settings.
func (u *setup) checkPing(context.Context) (string, error) {
	if u.settings.Ping == nil {
		return "", nil
	}
	return u.settings.Ping.Host + ", which every run of accounts backfill will tell; nothing was sent now", nil
}

// checkMetricsFile says why metrics could not be written.
func checkMetricsFile(file monitor.MetricsFile) error {
	if err := file.Check(); err != nil {
		return usagef("name a file in a folder that exists and that you may write to", "the metrics file: %v", err)
	}
	return nil
}
