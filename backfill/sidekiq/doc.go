// Package sidekiq speaks to the Redis in which the home server's Sidekiq keeps
// its queues: it reads their state, and adds the jobs that import posts.
//
// All that it writes to Redis is an LPUSH and an SADD for the jobs that it pushes.
// What it reads is bounded, however long the queues are.
//
// The layout is that of Sidekiq 6.5 to 8.1 (Mastodon 4.3 to 4.7). Our jobs carry
// one more key than Sidekiq's own, "tootfill", which Sidekiq keeps and ignores.
package sidekiq
