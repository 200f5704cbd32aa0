package commands_test

import "slices"

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
		d = min(d, quiet)
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

// allWait reports whether every program and the script wait, and nobody holds the
// clock. With mu held.
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
	next := c.next()
	if next == nil {
		return
	}
	now := c.SystemClock.Now()
	if c.allWait() && now.Sub(c.looked) >= quiet && c.nobodyBusy() {
		if next = c.next(); next == nil {
			return
		}
		now = c.SystemClock.Now()
		c.ahead += max(0, next.until.Sub(now.Add(c.ahead)))
		c.looked = now
	}
	now = now.Add(c.ahead)
	for _, p := range c.everybody() {
		for w := range p.waits {
			if !w.until.After(now) {
				c.end(p, w)
			}
		}
	}
}

// nobodyBusy asks those that cannot hold the clock whether they work, and whether
// what the script waits for has happened. It also returns false if somebody has
// looked at the clock meanwhile. With mu held, except while it asks.
func (c *scriptClock) nobodyBusy() bool {
	looked, busy := c.looked, slices.Clone(c.busy)
	if c.until != nil {
		busy = append(busy, c.until)
	}
	c.mu.Unlock()
	somebody := slices.ContainsFunc(busy, func(f func() bool) bool { return f() })
	c.mu.Lock()
	if somebody {
		c.look() // to ask again after a while
	}
	return c.looked.Equal(looked) && c.allWait()
}
