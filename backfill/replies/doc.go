// Package replies brings to home what was answered to imported posts. A home that
// fetches whole threads by itself is asked to; otherwise the replies are listed by
// the posts' own server and delivered one by one, by the route in use.
package replies
