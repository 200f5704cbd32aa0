package backfill

import (
	"cmp"
	"slices"
	"strings"
)

// lanes are tasks that wait for their turn: a lane for the tasks of each origin, so
// that a long one hides none of the others.
type lanes struct {
	// byHead are the lanes in the order in which their first tasks came.
	byHead []*lane
	byName map[string]*lane
	// tasks counts them.
	tasks int
}

// lane holds the tasks that name one origin in the same way, in the order in which
// they came.
type lane struct {
	name  string
	tasks []task
}

func (l *lane) head() int { return l.tasks[0].number }

// add adds a task. Tasks come out in the order of their numbers.
func (l *lanes) add(t task) {
	name := strings.Join(t.origins, " ")
	of := l.byName[name]
	if of != nil {
		l.leave(of)
	} else {
		if l.byName == nil {
			l.byName = make(map[string]*lane)
		}
		of = &lane{name: name}
		l.byName[name] = of
	}
	i, _ := slices.BinarySearchFunc(of.tasks, t.number, func(t task, n int) int { return cmp.Compare(t.number, n) })
	of.tasks = slices.Insert(of.tasks, i, t)
	l.enter(of)
	l.tasks++
}

// take takes out the first task whose origin can be claimed.
func (l *lanes) take(origins *originClaims) (task, bool) {
	for _, of := range l.byHead {
		t := of.tasks[0]
		if !origins.claim(t.origins) {
			continue
		}
		l.leave(of)
		l.tasks--
		of.tasks[0] = task{} // not kept in memory by the lane
		if of.tasks = of.tasks[1:]; len(of.tasks) > 0 {
			l.enter(of)
		} else {
			delete(l.byName, of.name)
		}
		return t, true
	}
	return task{}, false
}

// all returns the tasks, in no particular order.
func (l *lanes) all() []task {
	all := make([]task, 0, l.tasks)
	for _, of := range l.byHead {
		all = append(all, of.tasks...)
	}
	return all
}

func (l *lanes) enter(of *lane) { l.byHead = slices.Insert(l.byHead, l.rank(of), of) }

func (l *lanes) leave(of *lane) {
	i := l.rank(of)
	l.byHead = slices.Delete(l.byHead, i, i+1)
}

// rank is where the lane is among the others, or would be.
func (l *lanes) rank(of *lane) int {
	i, _ := slices.BinarySearchFunc(l.byHead, of.head(), func(o *lane, head int) int { return cmp.Compare(o.head(), head) })
	return i
}
