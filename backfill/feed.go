package backfill

import "iter"

// feed reads the targets of a run, each when somebody asks for it, and so that
// nobody has to wait for a slow source.
type feed struct {
	want chan struct{}
	// got has the targets that were asked for. It is closed at their end.
	got chan fed
	// asked says that a target was asked for that has not come yet.
	asked bool
}

// fed is a target, or the error that ends the targets.
type fed struct {
	target Target
	err    error
}

func newFeed(targets iter.Seq2[Target, error]) *feed {
	f := &feed{want: make(chan struct{}, 1), got: make(chan fed)}
	go func() {
		defer close(f.got)
		for target, err := range targets {
			if _, more := <-f.want; !more {
				return
			}
			if f.got <- (fed{target, err}); err != nil {
				return
			}
		}
	}()
	return f
}

// ask asks for the next target, unless that was done already.
func (f *feed) ask() {
	if !f.asked {
		f.asked = true
		f.want <- struct{}{}
	}
}

// close ends the reading.
func (f *feed) close() {
	close(f.want)
	for range f.got { //nolint:revive // until the source has ended too
	}
}
