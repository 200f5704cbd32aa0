package ledger

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tootfill/backfill"
)

// wanted is how a backfill.Wanted is stored. Missing fields are zero, and unknown
// ones are ignored, so that fields can be added later.
type wanted struct {
	Limit       int       `json:"limit"`
	Since       time.Time `json:"since,omitzero"`
	Until       time.Time `json:"until,omitzero"`
	Boosts      bool      `json:"boosts,omitzero"`
	NotFollowed bool      `json:"not_followed,omitzero"`
	Via         string    `json:"via,omitzero"`
	Listing     string    `json:"listing,omitzero"`
	Replies     bool      `json:"replies,omitzero"`
	Full        bool      `json:"full,omitzero"`
	Spelling    string    `json:"spelling,omitzero"`
}

// storedWanted is NULL for nil.
func storedWanted(w *backfill.Wanted) (sql.NullString, error) {
	if w == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(wanted{
		Limit: w.Limit, Since: w.Since.UTC(), Until: w.Until.UTC(), Boosts: w.Boosts,
		NotFollowed: w.NotFollowed, Via: string(w.Via), Listing: w.Listing, Replies: w.Replies, Full: w.Full, Spelling: w.Spelling,
	})
	if err != nil {
		return sql.NullString{}, fmt.Errorf("storing what is wanted: %w", err)
	}
	return sql.NullString{String: string(text), Valid: true}, nil
}

func parseWanted(text sql.NullString) (*backfill.Wanted, error) {
	if !text.Valid {
		return nil, nil
	}
	var w wanted
	if err := json.Unmarshal([]byte(text.String), &w); err != nil {
		return nil, fmt.Errorf("reading what was wanted: %w", err)
	}
	return &backfill.Wanted{
		Limit: w.Limit, Since: w.Since, Until: w.Until, Boosts: w.Boosts,
		NotFollowed: w.NotFollowed, Via: backfill.Via(w.Via), Listing: w.Listing, Replies: w.Replies, Full: w.Full, Spelling: w.Spelling,
	}, nil
}
