package commands_test

import (
	"maps"
	"slices"
	"time"
)

const (
	// soonest and latest are after how long the clock looks again whether everybody
	// waits: longer each time in which nobody has done anything with it.
	soonest = time.Millisecond
	latest  = 16 * time.Millisecond
	// longWait is the reporter's wait between two lines (linesEvery). A program that
	// waits for nothing sooner does not wait for time to pass: the script holds back
	// an answer, or is about to send a signal.
	longWait = 30 * time.Second
)

// changed notes that somebody has done something with the clock. With mu held.
func (c *scriptClock) changed() {
	c.changes++
	c.pause = soonest
}

// schedule sets the timer to the next moment at which the clock has something to do.
// With mu held.
func (c *scriptClock) schedule() {
	next := c.next()
	if next == nil {
		c.timer.Stop()
		return
	}
	d := next.until.Sub(c.SystemClock.Now().Add(c.ahead))
	if c.allWait() {
		d = min(d, c.pause)
	}
	c.timer.Reset(max(d, 0))
}

// next returns the wait that ends first; nil without any. With mu held.
func (c *scriptClock) next() (first *wait) {
	for _, p := range c.everybody() {
		for w := range p.waits {
			if first == nil || w.until.Before(first.until) {
				first = w
			}
		}
	}
	return first
}

// allWait reports whether every program and the script wait for something, and
// nobody holds the clock. With mu held.
func (c *scriptClock) allWait() bool {
	if c.held > 0 || len(c.programs) == 0 || c.until == nil && c.foreground == 0 {
		return false
	}
	for p := range c.programs {
		waits := false
		for w := range p.waits {
			waits = waits || !w.long
		}
		if !waits {
			return false
		}
	}
	return true
}

// everybody returns all users of the clock. With mu held.
func (c *scriptClock) everybody() []*clockUser {
	all := []*clockUser{&c.own}
	for p := range c.programs {
		all = append(all, p)
	}
	return all
}

// strike jumps if it may, and ends the waits that are over.
func (c *scriptClock) strike() {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.schedule()
	if c.allWait() && !c.asking && c.nobodyWorks() {
		next := c.next()
		c.ahead += max(0, next.until.Sub(c.SystemClock.Now().Add(c.ahead)))
	}
	now := c.SystemClock.Now().Add(c.ahead)
	for _, p := range c.everybody() {
		for w := range p.waits {
			if !w.until.After(now) {
				c.end(p, w)
			}
		}
	}
}

// nobodyWorks asks everybody whether they do anything but wait. The answers hold if
// nobody has done anything with the clock meanwhile: those who wait can only be woken
// by those who do not. With mu held, except while it asks.
func (c *scriptClock) nobodyWorks() bool {
	changes, programs, busy := c.changes, slices.Collect(maps.Keys(c.programs)), slices.Clone(c.busy)
	if c.until != nil {
		busy = append(busy, c.until)
	}
	c.asking = true
	c.mu.Unlock()
	idle := !slices.ContainsFunc(programs, func(p *clockUser) bool { return !p.idle() }) &&
		!slices.ContainsFunc(busy, func(f func() bool) bool { return f() })
	c.mu.Lock()
	c.asking = false
	if !idle {
		c.pause = min(2*c.pause, latest)
	}
	return idle && c.changes == changes
}

// idle asks a program whether it does nothing but wait, and whether all that it has
// asked for has arrived.
func (p *clockUser) idle() bool {
	r, ok := p.ask()
	if !ok || !r.Idle {
		return false
	}
	c := p.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	arrived := 0
	for _, from := range r.Connections {
		arrived += c.answering[from]
	}
	return r.Requests <= arrived && slices.Equal(r.Waits, p.waiting()) && (c.redisAway || !r.Redials)
}

// ask asks a program what it is doing; ok is false if it ends.
func (p *clockUser) ask() (r Report, ok bool) {
	select {
	case p.questions <- struct{}{}:
	case <-p.gone:
		return Report{}, false
	}
	select {
	case r = <-p.reports:
		return r, true
	case <-p.gone:
		return Report{}, false
	}
}

// waiting returns the names of a program's waits, in order. With mu held.
func (p *clockUser) waiting() []int {
	var names []int
	for w := range p.waits {
		names = append(names, w.name)
	}
	slices.Sort(names)
	return names
}
