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
	ID        text             `json:"id"`
	URI       text             `json:"uri"`
	CreatedAt moment           `json:"created_at"`
	Reblog    maybe[*struct{}] `json:"reblog"`
	Account   maybe[struct {
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
