package backfill

import "strings"

// sharedReason is the reason that several failures have in common.
type sharedReason struct {
	reason string
	// several says that there was more than one.
	several bool
}

func (s *sharedReason) add(reason string) {
	switch {
	case reason == "" || s.reason != "" && s.reason != reason:
		s.several = true
	default:
		s.reason = reason
	}
}

// after is a text with the reason after it, if all failures share one.
func (s *sharedReason) after(text string) string {
	if s.several || s.reason == "" {
		return text
	}
	return text + ": " + s.reason
}

// withoutPost is the reason for which an import has failed without the words that
// differ from post to post.
func withoutPost(reason, uri string) string { return strings.TrimPrefix(reason, "importing "+uri+": ") }
