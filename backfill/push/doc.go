// Package push brings posts to home through its Sidekiq: it pushes a job for each
// missing post, which home's own workers do.
package push
