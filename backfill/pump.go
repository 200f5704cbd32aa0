package backfill

import (
	"slices"
	"sync"
)

// pumpRoom is how many posts of an account may wait for home before its walk has to
// wait. It is more than the first round of an account, so that the origin is soon
// free for the next one.
const pumpRoom = 64

// pump brings the posts that a walk has picked to home, while the walk reads on.
// Nobody else uses the delivery.
type pump struct {
	delivery Delivery

	mu sync.Mutex
	// changed is told of every change of the fields below.
	changed *sync.Cond
	queue   [][]KnownPost
	// waiting counts the posts that wait, or are just being sent.
	waiting int
	// running says that a goroutine brings posts, and closed that no more come.
	running, closed bool
	// err is what has ended it.
	err error
}

func newPump(d Delivery) *pump {
	p := &pump{delivery: d}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// offer takes posts over, and waits if there is no room. Its error is that of posts
// taken over before.
func (p *pump) offer(posts []KnownPost) error {
	for chunk := range slices.Chunk(posts, pumpRoom) {
		if err := p.add(chunk); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *pump) add(posts []KnownPost) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && p.waiting > 0 && p.waiting+len(posts) > pumpRoom {
		p.changed.Wait()
	}
	if p.err != nil {
		return p.err
	}
	p.queue = append(p.queue, posts)
	p.waiting += len(posts)
	p.changed.Broadcast()
	if !p.running {
		p.running = true
		go p.run()
	}
	return nil
}

func (p *pump) run() {
	for posts := p.next(); posts != nil; posts = p.next() {
		missing, err := p.delivery.Missing(posts)
		if err == nil {
			err = p.delivery.Send(missing)
		}
		p.sent(len(posts), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
	p.changed.Broadcast()
}

// next waits for posts; nil means that no more come.
func (p *pump) next() []KnownPost {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && len(p.queue) == 0 && !p.closed {
		p.changed.Wait()
	}
	if p.err != nil || len(p.queue) == 0 {
		return nil
	}
	posts := p.queue[0]
	p.queue = p.queue[1:]
	return posts
}

func (p *pump) sent(n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting -= n
	p.err = err
	p.changed.Broadcast()
}

// finish sends what still waits and completes the delivery. err is what ended the
// walk: if home's side did, or the whole run ends, what waits is left to a later run.
func (p *pump) finish(err error) error {
	ended := p.drain(err == nil || OfListing(err))
	return p.delivery.Finish(Graver(err, ended))
}

// drain waits until nothing is being sent any more.
func (p *pump) drain(toTheEnd bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if !toTheEnd {
		p.queue = nil
	}
	p.changed.Broadcast()
	for p.running {
		p.changed.Wait()
	}
	return p.err
}
