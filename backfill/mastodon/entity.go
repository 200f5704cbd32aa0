package mastodon

import "tootfill/backfill/loosejson"

// accountEntity is the part of an account that is read
// (docs.joinmastodon.org/entities/Account).
type accountEntity struct {
	ID          loosejson.Text `json:"id"`
	Username    loosejson.Text `json:"username"`
	Acct        loosejson.Text `json:"acct"`
	URI         loosejson.Text `json:"uri"`
	URL         loosejson.Text `json:"url"`
	DisplayName loosejson.Text `json:"display_name"`
	Note        loosejson.Text `json:"note"`

	// Posts of a remote account are those that its origin counted when home last
	// refreshed the profile, and each one that home has stored since (Mastodon
	// app/services/activitypub/process_account_service.rb, app/models/status.rb).
	Posts loosejson.Maybe[int] `json:"statuses_count"`

	Moved     loosejson.Maybe[*accountEntity] `json:"moved"`
	Suspended loosejson.Flag                  `json:"suspended"`
}

// statusEntity is the part of a post that is read. The rest, much of which comes
// from other servers, is not decoded and so cannot fail.
type statusEntity struct {
	ID        loosejson.Text `json:"id"`
	URI       loosejson.Text `json:"uri"`
	CreatedAt loosejson.Time `json:"created_at"`
	// Visibility of followers-only posts is shown to those who follow the author.
	Visibility loosejson.Text             `json:"visibility"`
	Reblog     loosejson.Maybe[*struct{}] `json:"reblog"`
	Account    loosejson.Maybe[struct {
		ID loosejson.Text `json:"id"`
	}] `json:"account"`
}

// relationshipEntity is an entry of accounts/relationships.
type relationshipEntity struct {
	ID             loosejson.Text `json:"id"`
	Following      loosejson.Flag `json:"following"`
	Requested      loosejson.Flag `json:"requested"`
	Blocking       loosejson.Flag `json:"blocking"`
	BlockedBy      loosejson.Flag `json:"blocked_by"`
	DomainBlocking loosejson.Flag `json:"domain_blocking"`
}

// listed reports whether a post is one that could be backfilled. A server that
// omits the visibility is assumed to show only what everybody may see.
func (s statusEntity) listed() bool {
	return s.Visibility == "" || s.Visibility == "public" || s.Visibility == "unlisted"
}
