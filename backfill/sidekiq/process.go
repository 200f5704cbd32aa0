package sidekiq

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
)

// mostProcesses and mostQueues bound what is read of sets that are small on
// every healthy server.
const (
	mostProcesses = 1000
	mostQueues    = 200
)

// process is a Sidekiq process that is alive.
type process struct {
	identity string
	// version is empty for Sidekiq 6, which does not give it.
	version     string
	busy        int
	concurrency int
	// queues are those that it works on; empty if it does not say.
	queues []string
	// quiet says that it takes no more jobs because it is about to end.
	quiet bool
}

// processInfo is the field info of a process (lib/sidekiq/launcher.rb, to_data).
type processInfo struct {
	Version     string   `json:"version"`
	Concurrency int      `json:"concurrency"`
	Queues      []string `json:"queues"`
	Capsules    map[string]struct {
		Concurrency int            `json:"concurrency"`
		Weights     map[string]any `json:"weights"`
	} `json:"capsules"`
}

// processes reads the processes that are alive. A name stays in the set after a
// crash, but its hash lives for 60 s after the last heartbeat: a name without a
// hash belongs to a process that has ended.
func (s *Sidekiq) processes(ctx context.Context) ([]process, error) {
	names, err := s.members(ctx, "processes", mostProcesses)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	answers := make([]*redis.SliceCmd, len(names))
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			answers[i] = p.HMGet(ctx, s.key(name), "info", "concurrency", "busy", "quiet")
		}
		return nil
	})
	if err != nil {
		return nil, s.failed("reading the processes of Sidekiq", err)
	}
	var alive []process
	for i, name := range names {
		if p, ok := readProcess(name, answers[i].Val()); ok {
			alive = append(alive, p)
		}
	}
	return alive, nil
}

// Processes lists the processes that are alive. A killed one stays listed for up to
// 60 s, as long as its last heartbeat is valid (lib/sidekiq/launcher.rb).
func (s *Sidekiq) Processes(ctx context.Context) ([]backfill.WorkerProcess, error) {
	alive, err := s.processes(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]backfill.WorkerProcess, 0, len(alive))
	for _, p := range alive {
		serves := len(p.queues) == 0 || slices.Contains(p.queues, pullQueue)
		found = append(found, backfill.WorkerProcess{Identity: p.identity, Imports: serves && !p.quiet})
	}
	return found, nil
}

// readProcess reads the fields info, concurrency, busy and quiet; it returns false
// if the hash does not exist.
func readProcess(name string, fields []any) (process, bool) {
	text := make([]string, 4)
	for i, f := range fields {
		if value, ok := f.(string); ok && i < len(text) {
			text[i] = value
		}
	}
	if text[0] == "" {
		return process{}, false
	}
	p := process{identity: name, busy: count(text[2]), concurrency: count(text[1]), quiet: text[3] == "true"}
	var info processInfo
	if err := json.Unmarshal([]byte(text[0]), &info); err != nil {
		return p, true
	}
	p.version, p.queues = info.Version, info.Queues
	for _, c := range info.Capsules {
		p.queues = slices.AppendSeq(p.queues, maps.Keys(c.Weights))
	}
	if p.concurrency == 0 {
		p.concurrency = info.Concurrency
	}
	if p.concurrency == 0 {
		for _, c := range info.Capsules {
			p.concurrency += c.Concurrency
		}
	}
	return p, true
}

// count reads a number; anything else is 0.
func count(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// working returns the ids of the jobs that were being worked on at the last
// heartbeat of each process.
func (s *Sidekiq) working(ctx context.Context) (map[string]bool, error) {
	names, err := s.members(ctx, "processes", mostProcesses)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	answers := make([]*redis.StringSliceCmd, len(names))
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			answers[i] = p.HVals(ctx, s.key(name+":work"))
		}
		return nil
	})
	if err != nil {
		return nil, s.failed("reading what Sidekiq works on", err)
	}
	jids := make(map[string]bool)
	for _, answer := range answers {
		for _, text := range answer.Val() {
			if j, ok := readWork(text); ok {
				jids[j.JID] = true
			}
		}
	}
	return jids, nil
}

// readWork reads one of our jobs from a field of IDENTITY:work. Its payload is
// the job's text (lib/sidekiq/processor.rb).
func readWork(text string) (storedJob, bool) {
	if !strings.Contains(text, "tootfill") {
		return storedJob{}, false
	}
	var work struct {
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal([]byte(text), &work); err != nil {
		return storedJob{}, false
	}
	var payload string
	if err := json.Unmarshal(work.Payload, &payload); err != nil {
		payload = string(work.Payload)
	}
	return readOurs(payload)
}

// key is the name of a key in the namespace.
func (s *Sidekiq) key(name string) string {
	if s.namespace == "" {
		return name
	}
	return s.namespace + ":" + name
}

// members reads a set, up to a number of members.
func (s *Sidekiq) members(ctx context.Context, set string, most int) ([]string, error) {
	var found []string
	seen := make(map[string]bool)
	for cursor := uint64(0); ; {
		page, next, err := s.redis.SScan(ctx, s.key(set), cursor, "", 200).Result()
		if err != nil {
			return nil, s.failed("reading "+set, err)
		}
		for _, name := range page {
			if !seen[name] && len(found) < most {
				seen[name] = true
				found = append(found, name)
			}
		}
		if cursor = next; cursor == 0 || len(found) >= most {
			return found, nil
		}
	}
}
