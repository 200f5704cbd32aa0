package sidekiq

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// mostObject is the size of the largest object that a job carries, in bytes.
	// Mastodon itself reads no larger one (app/lib/request.rb,
	// body_with_limit).
	mostObject = 1 << 20
	// fetchRetry is the retry of FetchReplyWorker (app/workers/
	// fetch_reply_worker.rb).
	fetchRetry = 3
	// mergesAtOnce is how many jobs of MergeHome are pushed in one step.
	mergesAtOnce = 500
)

// Prepare makes the job that has home import the post with a URI: a
// FetchReplyWorker in the queue pull. It carries the object as prefetched_body;
// one over 1 MB is left out, and home fetches it. If no Sidekiq has ever used
// this Redis it is an error (*backfill.Hinted).
func (s *Sidekiq) Prepare(ctx context.Context, uri string, object []byte) (backfill.Job, error) {
	if err := checkURI(uri); err != nil {
		return backfill.Job{}, fmt.Errorf("preparing a job: %w", err)
	}
	if !utf8.Valid(object) {
		return backfill.Job{}, fmt.Errorf("preparing a job for %s: its object is not UTF-8", uri)
	}
	u, err := s.jobUnit(ctx)
	if err != nil {
		return backfill.Job{}, err
	}
	options := map[string]string{}
	if len(object) > 0 && len(object) <= mostObject {
		options["prefetched_body"] = string(object)
	}
	jid, payload, err := s.newJob(job{Class: fetchClass, Queue: pullQueue, Args: []any{uri, options}, Retry: fetchRetry}, u)
	if err != nil {
		return backfill.Job{}, err
	}
	return backfill.Job{JID: jid, URI: uri, Payload: payload}, nil
}

func checkURI(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !utf8.ValidString(uri) {
		return fmt.Errorf("%q is not the URI of a post", uri)
	}
	return nil
}

// Push adds jobs to the queue, all or none of them, in their order. It pushes jobs
// that are only prepared without looking for them first; the others may have been
// pushed before, and are left out if Redis has them anywhere.
//
// After an error the jobs may have been pushed all the same, if the answer was
// lost: push them again, marked as possibly pushed. The end of ctx does not cut
// short a push that has begun.
func (s *Sidekiq) Push(ctx context.Context, jobs []backfill.Job) error {
	unpushed, err := s.unpushed(ctx, jobs)
	if err != nil || len(unpushed) == 0 {
		return err
	}
	payloads := make([][]byte, len(unpushed))
	for i, j := range unpushed {
		payloads[i] = j.Payload
	}
	return s.add(ctx, pullQueue, payloads)
}

// unpushed leaves out the jobs that were pushed before and that Redis still has.
func (s *Sidekiq) unpushed(ctx context.Context, jobs []backfill.Job) ([]backfill.Job, error) {
	var doubtful []backfill.Job
	for _, j := range jobs {
		if len(j.Payload) == 0 {
			return nil, errors.New("pushing a job that was not prepared")
		}
		if j.State != backfill.JobPrepared {
			doubtful = append(doubtful, j)
		}
	}
	found, err := s.find(ctx, doubtful, s.findEach)
	if err != nil {
		return nil, err
	}
	return missing(jobs, found), nil
}

// add adds jobs to a queue in one transaction, as Sidekiq's client does
// (lib/sidekiq/client.rb, atomic_push).
func (s *Sidekiq) add(ctx context.Context, queue string, payloads [][]byte) error {
	if err := ctx.Err(); err != nil {
		return s.failed("adding jobs", err)
	}
	if s.permit != nil {
		if err := s.permit(ctx); err != nil {
			return err
		}
	}
	values := make([]any, len(payloads))
	for i, payload := range payloads {
		values[i] = payload
	}
	ctx = context.WithoutCancel(ctx)
	_, err := s.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.LPush(ctx, s.key("queue:"+queue), values...)
		p.SAdd(ctx, s.key("queues"), queue)
		return nil
	})
	if err != nil {
		return s.failed("adding jobs", err)
	}
	return nil
}

// MergeHome has home merge the account's posts into the home timelines of its
// local followers: a MergeWorker in the queue default for each. Its third argument,
// the kind of timeline, is left out: the default is home, and Mastodon 4.3 takes
// only two arguments (app/workers/merge_worker.rb).
//
// The jobs of many followers are pushed in several steps; an error may come
// after some of them. Merging twice does no harm.
func (s *Sidekiq) MergeHome(ctx context.Context, a fediverse.Account, followers []int64) error {
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return fmt.Errorf("merging the posts of %s: its id on home is not a number", a.Handle)
	}
	if len(followers) == 0 {
		return nil
	}
	u, err := s.jobUnit(ctx)
	if err != nil {
		return err
	}
	for len(followers) > 0 {
		n := min(mergesAtOnce, len(followers))
		payloads := make([][]byte, n)
		for i, follower := range followers[:n] {
			j := job{Class: mergeClass, Queue: defaultQueue, Args: []any{id, follower}, Retry: true}
			if _, payloads[i], err = s.newJob(j, u); err != nil {
				return err
			}
		}
		if err := s.add(ctx, defaultQueue, payloads); err != nil {
			return err
		}
		followers = followers[n:]
	}
	return nil
}
