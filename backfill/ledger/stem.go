package ledger

import (
	"context"
	"strings"
)

// A post is stored by the two halves of its URI: the stem, which most posts of an
// account have in common, and the tail. Each stem of an account is stored once. A URI
// is in the ledger three times as often as anything else about its post, and most of
// it is stem: whole URIs would double the size of the ledger.
//
//	https://photos.example/users/alice/statuses/ 109372843234112345
//	https://notes.example/objects/               9b2d6c1f8e7a40d35c6b

// cutURI returns the halves of a URI. The stem ends with the last slash, unless that
// is the last character: then the tail would be empty, and no stem be shared. version6
// does the same in SQL.
func cutURI(uri string) (stem, tail string) {
	at := strings.LastIndexByte(uri[:max(0, len(uri)-1)], '/') + 1
	return uri[:at], uri[at:]
}

// stems finds the ids of an account's stems in one transaction.
type stems struct {
	tx      Transaction
	account int64
	ids     map[string]int64
}

func stemsOf(tx Transaction, account int64) stems {
	return stems{tx: tx, account: account, ids: make(map[string]int64)}
}

// id returns the id of a stem, and adds the stem if it is new.
func (s stems) id(ctx context.Context, stem string) (int64, error) {
	if id, known := s.ids[stem]; known {
		return id, nil
	}
	// An update that changes nothing makes RETURNING answer for a known stem.
	const upsert = `INSERT INTO stems (account_id, stem) VALUES (?, ?)
		ON CONFLICT (account_id, stem) DO UPDATE SET stem = excluded.stem RETURNING id`
	var id int64
	if err := s.tx.QueryRowContext(ctx, upsert, s.account, stem).Scan(&id); err != nil {
		return 0, err
	}
	s.ids[stem] = id
	return id, nil
}
