package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// The workers that do something here.
const (
	fetchReplyWorker = "FetchReplyWorker"
	repliesWorker    = "ActivityPub::FetchAllRepliesWorker"
	mergeWorker      = "MergeWorker"
	linkCrawlWorker  = "LinkCrawlWorker"
	deliveryWorker   = "ActivityPub::DeliveryWorker"
)

// perform does what the worker of a job's class does.
func (q *Sidekiq) perform(ctx context.Context, j sidekiqJob) error {
	q.mu.Lock()
	fault := q.fault
	q.mu.Unlock()
	class, args := j.class(), j.args()
	if fault != nil {
		if err := fault(class, args); err != nil {
			return err
		}
	}
	switch class {
	case fetchReplyWorker:
		return q.fetchReply(ctx, args)
	case repliesWorker:
		return q.fetchReplies(ctx, args)
	case mergeWorker:
		return q.merge(args)
	}
	return pass(class, args)
}

// fetchReply is app/workers/fetch_reply_worker.rb and
// fetch_remote_status_service.rb: perform(child_url, options = {}). The job does not
// fail if the post cannot be fetched.
func (q *Sidekiq) fetchReply(ctx context.Context, args []json.RawMessage) error {
	if len(args) != 1 && len(args) != 2 {
		return wrongArguments(len(args))
	}
	var uri string
	if json.Unmarshal(args[0], &uri) != nil {
		return &jobError{"NoMethodError", "undefined method for a URL that is no text"}
	}
	var body string
	if len(args) == 2 {
		var err error
		if body, err = prefetchedBody(args[1]); err != nil {
			return err
		}
	}
	had := q.home.holds(uri)
	if body == "" {
		q.home.fetchStatus(ctx, uri, viaSidekiq)
	} else {
		q.home.takePrefetched(ctx, uri, body)
	}
	if !had && q.home.holds(uri) {
		q.crawlLinks(uri)
	}
	return nil
}

// fetchReplies is app/workers/activitypub/fetch_all_replies_worker.rb:
// perform(root_status_id, options = {}). It does nothing for a post whose replies
// home may not fetch now.
func (q *Sidekiq) fetchReplies(ctx context.Context, args []json.RawMessage) error {
	if len(args) != 1 && len(args) != 2 {
		return wrongArguments(len(args))
	}
	q.home.mu.Lock()
	s := q.home.statusByID(string(args[0]))
	wanted := s != nil && q.home.fetchesReplies(s)
	q.home.mu.Unlock()
	if wanted {
		q.home.fetchAllReplies(ctx, s.URI, viaSidekiq)
	}
	return nil
}

// viaSidekiq is the Import.Via of what a job imported.
const viaSidekiq = "sidekiq"

// prefetchedBody reads the options of a job. Ruby refuses keywords that the
// service does not have.
func prefetchedBody(raw json.RawMessage) (string, error) {
	var options map[string]json.RawMessage
	if json.Unmarshal(raw, &options) != nil {
		return "", &jobError{"NoMethodError", "undefined method 'symbolize_keys'"}
	}
	for name := range options {
		if name != "prefetched_body" && name != "request_id" {
			return "", &jobError{"ArgumentError", "unknown keyword: :" + name}
		}
	}
	var body string
	if raw := options["prefetched_body"]; raw != nil && json.Unmarshal(raw, &body) != nil {
		return "", &jobError{"TypeError", "the body is no text"}
	}
	return body, nil
}

// takePrefetched is activitypub/fetch_remote_status_service.rb with a body, which
// must be an ActivityPub object of a type that home takes in, with exactly the id
// that was asked for. Everything else is as for a fetched post. Mastodon also
// accepts a Create or an Announce there, but nobody sends one.
func (h *Home) takePrefetched(ctx context.Context, uri, body string) {
	var doc object
	if json.Unmarshal([]byte(body), &doc) != nil || text(doc, "id") != uri {
		return
	}
	if !mentions(doc["@context"], asContext) || !isPost(doc) || hostOf(uri) == HomeDomain {
		return
	}
	h.takeIn(ctx, doc, viaSidekiq)
}

func (h *Home) holds(uri string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.statuses[uri] != nil
}

// crawlLinks schedules what follows each imported post on a real server
// (app/lib/activitypub/activity/create.rb:89).
func (q *Sidekiq) crawlLinks(uri string) {
	q.home.mu.Lock()
	s := q.home.statuses[uri]
	q.home.mu.Unlock()
	q.mu.Lock()
	traffic, pause := q.traffic, time.Duration(q.random.IntN(60))*time.Second
	q.mu.Unlock()
	if !traffic || s == nil {
		return
	}
	q.later("schedule", q.newJob("pull", linkCrawlWorker, 0, s.ID).text(), q.home.now().Add(pause))
}

// merge is app/workers/merge_worker.rb: perform(from_account_id, into_account_id,
// type = 'home'). It skips accounts that do not exist.
func (q *Sidekiq) merge(args []json.RawMessage) error {
	if len(args) != 2 && len(args) != 3 {
		return wrongArguments(len(args))
	}
	kind := "home"
	if len(args) == 3 && json.Unmarshal(args[2], &kind) != nil || kind != "home" && kind != "list" {
		return &jobError{"ArgumentError", fmt.Sprintf("Invalid argument type: %s", kind)}
	}
	var m Merge
	if json.Unmarshal(args[0], &m.Account) != nil || json.Unmarshal(args[1], &m.Follower) != nil {
		return nil
	}
	q.home.mu.Lock()
	from, into := q.home.accountByID(m.Account), q.home.accountByID(m.Follower)
	q.home.mu.Unlock()
	if from != nil && into != nil && into.Domain == "" && kind == "home" {
		q.set(func() { q.merges = append(q.merges, m) })
	}
	return nil
}
