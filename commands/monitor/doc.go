// Package monitor tells what came of a run to those who watch over runs: to Prometheus
// by a file of metrics, to others by pings.
package monitor
