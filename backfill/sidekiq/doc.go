// Package sidekiq speaks to the Redis in which the home server's Sidekiq keeps
// its queues: it reads how they stand, and adds the jobs that import posts.
//
// What is written to Redis is an LPUSH and an SADD for the jobs that are pushed,
// and nothing else. What is read is bounded, however long the queues are.
//
// The layout is that of Sidekiq 6.5 to 8.1 (Mastodon 4.3 to 4.7). A job of ours
// carries one key more than Sidekiq's own, "tootfill", which Sidekiq keeps and
// does not look at.
package sidekiq
