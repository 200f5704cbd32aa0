// Package push brings posts to home through its Sidekiq: it pushes a job for each
// missing post, and home's own workers do the jobs.
package push
