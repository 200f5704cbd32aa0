package fediverse

// Account is an account as the home server knows it. All text in it comes from
// other servers.
type Account struct {
	// ID is the account's id on the home server.
	ID string
	// Handle is the canonical handle that home shows for the account.
	Handle Handle
	// Username is the user part in the account's own spelling.
	Username string
	// URI is the ActivityPub id of the account; empty if home does not give it
	// (Mastodon before 4.2, other software).
	URI string
	// URL is the profile page.
	URL string
	// DisplayName and Note are the profile's name and its text (HTML).
	DisplayName string
	Note        string
	// Posts is how many posts it has, boosts and others that are not public included,
	// as its origin told home; 0 if home does not say.
	Posts int
	// Local says that the account lives on the home server itself.
	Local bool
	// MovedTo is where the account has moved to; the zero Handle if it has not.
	MovedTo Handle
	// SuspendedByHome says that home's moderators have suspended the account.
	SuspendedByHome bool
}

// Origins are the names under which the account's origin is known.
func (a Account) Origins() []string {
	names := []string{a.Handle.Domain}
	if host := HostOf(a.URI); host != "" {
		names = append(names, host)
	}
	return names
}

// Actor is an account as its origin describes it.
type Actor struct {
	// URI is the ActivityPub id.
	URI string
	// Handle is the handle that the origin itself gives the account.
	Handle Handle
	// URL is the profile page.
	URL string
	// Summary is the profile text (HTML).
	Summary string
	// Fields are the profile's name and value pairs as text (HTML).
	Fields []string
	// Indexable is whether searches may find the account; nil if it does not say.
	Indexable *bool
	// Group says that the actor is a group, such as a community of Lemmy: what it
	// posts are boosts of its members' posts.
	Group bool
	// MovedTo is the URI of the account's new actor; empty if it has not moved.
	MovedTo string
}
