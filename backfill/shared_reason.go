package backfill

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
