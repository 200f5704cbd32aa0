package mastodon

// accountEntity is what is read of an account
// (docs.joinmastodon.org/entities/Account).
type accountEntity struct {
	ID          text `json:"id"`
	Username    text `json:"username"`
	Acct        text `json:"acct"`
	URI         text `json:"uri"`
	URL         text `json:"url"`
	DisplayName text `json:"display_name"`
	Note        text `json:"note"`

	Moved     maybe[*accountEntity] `json:"moved"`
	Suspended flag                  `json:"suspended"`
}

// statusEntity is what is read of a post. The rest of it, of which much comes
// from other servers, is not decoded and cannot be in the way.
type statusEntity struct {
	ID        text   `json:"id"`
	URI       text   `json:"uri"`
	CreatedAt moment `json:"created_at"`
	// Visibility of followers-only posts is shown to those who follow the author.
	Visibility text             `json:"visibility"`
	Reblog     maybe[*struct{}] `json:"reblog"`
	Account    maybe[struct {
		ID text `json:"id"`
	}] `json:"account"`
}

// relationshipEntity is what accounts/relationships tells.
type relationshipEntity struct {
	ID             text `json:"id"`
	Following      flag `json:"following"`
	Requested      flag `json:"requested"`
	Blocking       flag `json:"blocking"`
	BlockedBy      flag `json:"blocked_by"`
	DomainBlocking flag `json:"domain_blocking"`
}

// listed says that a post is one that could be backfilled. A server that does
// not tell the visibility is taken to show what everybody may see.
func (s statusEntity) listed() bool {
	return s.Visibility == "" || s.Visibility == "public" || s.Visibility == "unlisted"
}
