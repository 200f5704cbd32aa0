package sidekiq

import (
	"context"
)

// repliesClass fetches the replies to a post, and the replies to those. It has
// sidekiq_options queue: 'pull', retry: 3 and perform(root_status_id, options = {})
// (Mastodon app/workers/activitypub/fetch_all_replies_worker.rb).
const repliesClass = "ActivityPub::FetchAllRepliesWorker"

// FetchesReplies reports whether home's workers fetch the replies to posts: from
// Mastodon 4.5 on, and in 4.4 with FETCH_REPLIES_ENABLED=true; 4.3 has no such
// worker. Their release shows in the version of Sidekiq, which is 6.5 in 4.3, 7.3 in
// 4.4 and 8.0 in 4.5 (Gemfile.lock of each). The oldest process that is alive counts;
// if there is none, nobody fetches anything.
func (s *Sidekiq) FetchesReplies(ctx context.Context) (bool, error) {
	alive, err := s.processes(ctx)
	if err != nil || len(alive) == 0 {
		return false, err
	}
	for _, p := range alive {
		if n := major(p.version); n < 7 || n == 7 && !s.fetchReplies {
			return false, nil
		}
	}
	return true, nil
}

// FetchReplies has home fetch the replies to a post by the post's id at home.
func (s *Sidekiq) FetchReplies(ctx context.Context, id int64) error {
	u, err := s.jobUnit(ctx)
	if err != nil {
		return err
	}
	_, payload, err := s.newJob(job{Class: repliesClass, Queue: pullQueue, Args: []any{id, struct{}{}}, Retry: fetchRetry}, u)
	if err != nil {
		return err
	}
	return s.add(ctx, pullQueue, [][]byte{payload})
}
