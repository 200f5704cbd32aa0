package backfill

import "strings"

// SharedReason is the reason that several failures have in common.
type SharedReason struct {
	reason string
	// several says that there was more than one.
	several bool
}

// Add adds the reason of one failure; empty if it is not known.
func (s *SharedReason) Add(reason string) {
	switch {
	case reason == "" || s.reason != "" && s.reason != reason:
		s.several = true
	default:
		s.reason = reason
	}
}

// After is a text with the reason after it, if all failures share one.
func (s *SharedReason) After(text string) string {
	if reason := s.Shared(); reason != "" {
		return text + ": " + reason
	}
	return text
}

// Shared is the reason; empty if the failures do not share one.
func (s *SharedReason) Shared() string {
	if s.several {
		return ""
	}
	return s.reason
}

// WithoutPost is the reason why an import has failed, without the words that differ
// from post to post.
func WithoutPost(reason, uri string) string { return strings.TrimPrefix(reason, "importing "+uri+": ") }
