package fediverse

// Handle names an account the way tootctl writes it: user@domain.
// Both parts are lower case and the domain is in its ASCII (punycode) form, so
// that two handles of one account compare equal.
type Handle struct {
	User   string
	Domain string
}

// String is user@domain, without a leading @.
func (h Handle) String() string { return h.User + "@" + h.Domain }
