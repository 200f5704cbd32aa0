package backfill

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

const (
	// DefaultAccounts is how many accounts are worked on at a time unless the
	// options say otherwise.
	DefaultAccounts = 32
	// followedPerSlot is how many accounts, for each of those, may only wait for
	// home.
	followedPerSlot = 4
	// readAhead is how many targets are read ahead while their origins are busy. Each
	// takes less than 1 KB.
	readAhead = 20_000
	// heldBack is how many of those tried before are held back for others, and
	// longQueue how many of all, so that somebody else may go on meanwhile.
	heldBack  = 256
	longQueue = 2048
)

// The tasks that wait, in the order in which they are started. Those that have come
// to a further round come after these two.
const (
	untried = iota
	tried
)

// dispatch runs the targets, no two of one origin at a time. Those already waiting
// come first. An account whose listing is read makes room for the next one.
func (s *session) dispatch(targets iter.Seq2[Target, error], waiting ...task) error {
	d := &dispatcher{
		s: s, feed: newFeed(targets), slots: newSlots(s.engine.accountsAtOnce()),
		news: make(chan news), numbered: len(waiting),
	}
	defer d.feed.close()
	for i, t := range waiting {
		t.number = i
		d.waiting[untried].add(t)
	}
	if !s.engine.Options.DepthFirst && !s.engine.Options.Endless {
		d.least = 2
	}
	d.run()
	if s.isOutOfTime() {
		d.putOffRest()
	} else {
		d.interrupted()
	}
	return d.err
}

func (e *Engine) accountsAtOnce() int {
	if e.Options.Accounts > 0 {
		return e.Options.Accounts
	}
	return DefaultAccounts
}

// dispatcher chooses which account comes next. Its fields belong to one goroutine.
type dispatcher struct {
	s       *session
	feed    *feed
	slots   *slots
	waiting [2 + len(earlyRounds)]lanes
	// numbered counts the tasks of the run. Before least of them are known, none is
	// started: it takes two for rounds.
	numbered, least int
	// allRead says that there are no more targets, and err is why, if that is not
	// their end.
	allRead bool
	err     error

	news chan news
	// open counts the tasks that have not ended, and followed those of them that
	// are handed over: they only wait for home. leaving are those for which there
	// was no room among them.
	open, followed int
	leaving        []*openTask
}

// openTask is a task that has been started.
type openTask struct {
	slot *slot
	// origins are the names that it has claimed; handed says that it was handed
	// over, and they are free.
	origins []string
	handed  bool
}

// news is what happens to an open task: it asks to be handed over or, if ended is
// set, is over.
type news struct {
	of *openTask
	// origins are the names that a task to be handed over has claimed.
	origins []string
	ended   *ending
}

// run runs tasks until there are none left, or nothing new may be started.
func (d *dispatcher) run() {
	for d.s.ctx.Err() == nil {
		if d.startNext() {
			continue
		}
		var got <-chan fed
		if d.feed.asked {
			got = d.feed.got
		}
		if d.open == 0 && got == nil {
			break
		}
		select {
		case f, ok := <-got:
			d.read(f, ok)
		case n := <-d.news:
			d.note(n)
		case <-d.slots.freed:
		case <-d.s.ctx.Done():
		}
	}
	for d.open > 0 {
		d.note(<-d.news)
	}
}

// startNext starts a task if there is a slot for one. If none can be started, it
// has more targets read.
func (d *dispatcher) startNext() bool {
	if !d.slots.isFree() {
		return false
	}
	for class := range d.waiting {
		if !d.mayStart(class) {
			break
		}
		if t, ok := d.waiting[class].take(d.s.origins); ok {
			d.start(t)
			return true
		}
	}
	if !d.allRead && d.unstarted() < readAhead {
		d.feed.ask()
	}
	return false
}

// mayStart reports whether tasks of a class may be started before more targets are
// read.
func (d *dispatcher) mayStart(class int) bool {
	switch {
	case d.allRead, d.s.engine.Options.Endless:
		return true
	case class == untried:
		return d.numbered >= d.least
	case class == tried:
		return d.waiting[tried].tasks >= heldBack || d.unstarted() >= longQueue
	}
	return d.unstarted() >= longQueue
}

// unstarted counts the tasks that wait for their first round.
func (d *dispatcher) unstarted() int { return d.waiting[untried].tasks + d.waiting[tried].tasks }

// read takes in a target that was asked for. ok is false if there are no more.
func (d *dispatcher) read(f fed, ok bool) {
	if t, more := d.taskOf(f, ok); more {
		d.waiting[d.classOf(t)].add(t)
	}
	if !d.s.breadthFirst && d.numbered > 1 && !d.s.engine.Options.DepthFirst {
		d.s.breadthFirst = true // no task has been started yet: see mayStart
	}
	d.s.tell(AccountsKnown{Accounts: d.numbered, All: d.allRead})
}

// taskOf makes a task of a target that was asked for. more is false if there is none.
func (d *dispatcher) taskOf(f fed, ok bool) (t task, more bool) {
	d.feed.asked = false
	if !ok || f.err != nil {
		d.allRead, d.err = true, f.err
		return t, false
	}
	t = newTask(f.target, d.numbered)
	d.numbered++
	return t, true
}

// classOf is the class of a new task. If the ledger cannot tell whether the account
// has had a run, nothing more is read.
func (d *dispatcher) classOf(t task) int {
	if d.s.engine.Options.DepthFirst {
		return untried
	}
	had, err := d.s.engine.Ledger.Tried(d.s.saving, t.Handle)
	if err != nil {
		d.allRead, d.err = true, fmt.Errorf("reading the targets: %w", err)
	}
	if had {
		return tried
	}
	return untried
}

// tasks returns the tasks that wait, in the order in which they came.
func (d *dispatcher) tasks() []task {
	var all []task
	for class := range d.waiting {
		all = append(all, d.waiting[class].all()...)
	}
	slices.SortFunc(all, func(a, b task) int { return cmp.Compare(a.number, b.number) })
	return all
}

func (d *dispatcher) start(t task) {
	o := &openTask{slot: d.slots.take()}
	d.open++
	if t.lookedUp {
		t.lookedUp = false
		d.s.lookedUp.Add(-1)
	}
	go func() {
		e := d.s.backfill(t, o.slot, func(t task) { d.news <- news{of: o, origins: t.origins} })
		if e.admitted && !e.again && d.s.engine.Options.Endless {
			d.s.forget(e.Handle) // who is told of the end may let it come again at once
		}
		if e.came != nil {
			d.s.settle(e.came)
		}
		d.news <- news{of: o, ended: &e}
	}()
}

// note takes in what happens to a task.
func (d *dispatcher) note(n news) {
	if n.ended == nil {
		n.of.origins = n.origins
		d.leaving = append(d.leaving, n.of)
		d.handOver()
		return
	}
	d.open--
	d.leaving = slices.DeleteFunc(d.leaving, func(o *openTask) bool { return o == n.of })
	if n.of.handed {
		d.followed--
		d.handOver()
	} else {
		n.of.slot.giveUp()
		if !n.ended.unclaimed {
			d.s.origins.free(n.ended.origins)
		}
	}
	if n.ended.again {
		d.waiting[d.classAgain(n.ended.task)].add(n.ended.task)
	}
}

// classAgain is the class of a task that has to wait again.
func (d *dispatcher) classAgain(t task) int {
	if t.round() == 0 {
		return untried
	}
	return tried + t.round()
}

// handOver gives the slots and the origins of accounts that only wait for home to
// the next ones, as far as there is room among those that wait.
func (d *dispatcher) handOver() {
	for len(d.leaving) > 0 && d.followed < followedPerSlot*d.s.engine.accountsAtOnce() {
		o := d.leaving[0]
		d.leaving = d.leaving[1:]
		d.followed++
		o.handed = true
		o.slot.giveUp()
		d.s.origins.free(o.origins)
	}
}
