// Package resolve brings posts to home through its search: home is asked to
// resolve the URI of each missing post.
package resolve
