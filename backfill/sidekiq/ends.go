package sidekiq

import "context"

const (
	// chunk is how many entries are read at a time.
	chunk = 500
	// mostBytes is the most that is read of each end of a queue, or of a set:
	// jobs that carry a body may be large.
	mostBytes = 16 << 20
)

// ends reads a queue from both of its ends, the newest entries (its head) and
// the oldest (its tail), at most each of them, and calls visit for every entry.
// As the queue moves while it is read, an entry may be visited twice; no entry
// that stays in the part that is read is missed.
//
// all reports whether the whole queue was read.
func (s *Sidekiq) ends(ctx context.Context, queue string, each int64, visit func(text string)) (all bool, err error) {
	key := s.key("queue:" + queue)
	length, err := s.redis.LLen(ctx, key).Result()
	if err != nil {
		return false, s.failed("reading the queue "+queue, err)
	}
	r := &rangeReader{Sidekiq: s, key: key, left: mostBytes, visit: visit}
	if length <= 2*each {
		// Jobs that come while we read move the others to higher indices.
		err = r.read(ctx, 0, 2*each+chunk)
	} else if err = r.read(ctx, 0, each); err == nil {
		// Jobs that go while we read move the others towards -1.
		r.left = mostBytes
		err = r.read(ctx, -each, 0)
	}
	if err != nil {
		return false, s.failed("reading the queue "+queue, err)
	}
	return length <= 2*each && !r.cut, nil
}

type rangeReader struct {
	*Sidekiq
	key   string
	left  int
	visit func(text string)
	// cut says that there was more to read than mostBytes.
	cut bool
}

// read reads the indices from start up to but not including end, in chunks, until
// the list ends or the bytes are used up.
func (r *rangeReader) read(ctx context.Context, start, end int64) error {
	for ; start < end; start += chunk {
		if r.left <= 0 {
			r.cut = true
			return nil
		}
		page, err := r.redis.LRange(ctx, r.key, start, min(start+chunk, end)-1).Result()
		if err != nil {
			return err
		}
		for _, text := range page {
			r.left -= len(text)
			r.visit(text)
		}
		if len(page) == 0 && start >= 0 {
			return nil
		}
	}
	return nil
}
