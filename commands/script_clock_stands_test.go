package commands_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// However slow the machine is, a program that works sees no time pass: what waits for
// a moment does not get there.
func TestTheScriptClockStandsStillWhileAProgramWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newScriptClock()
		defer c.timer.Stop()
		letGo := c.Hold()
		defer letGo()
		start := c.Now()
		over := make(chan error, 1)
		busy := c.Hold()
		go func() { over <- c.Wait(t.Context(), longWait) }()
		time.Sleep(time.Hour) // of the machine
		synctest.Wait()
		if now := c.Now(); !now.Equal(start) {
			t.Errorf("%s have passed", now.Sub(start))
		}
		select {
		case <-over:
			t.Error("a wait is over")
		default:
		}
		c.pass(longWait)
		synctest.Wait()
		if err := <-over; err != nil {
			t.Error(err)
		}
		if now := c.Now(); !now.Equal(start.Add(longWait)) {
			t.Errorf("%s have passed, want %s", now.Sub(start), longWait)
		}
		busy()
	})
}
