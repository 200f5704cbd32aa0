package postgres

import "context"

// postCounts is what telling how many posts accounts have needs in addition.
func postCounts() (tables, columns []string) {
	return pairs([]readable{{"account_stats", []string{"account_id", "statuses_count"}}})
}

// postCount is how many posts account a has, by what its server has last said and home
// has taken in since; 0 if that is not known (Mastodon
// app/services/activitypub/process_account_service.rb, app/models/account_stat.rb).
const postCount = "COALESCE((SELECT s.statuses_count FROM account_stats s WHERE s.account_id = a.id), 0)"

// findPostCounts finds out whether the role may read these numbers. Nothing but an
// estimate needs them.
func (d *Database) findPostCounts(ctx context.Context) error {
	tables, columns := postCounts()
	bad, err := d.lacking(ctx, tables, columns)
	if err != nil {
		return err
	}
	d.counted = len(bad) == 0
	var closed []string
	for _, c := range bad {
		if c.columnThere {
			closed = append(closed, c.name)
		}
	}
	if len(closed) > 0 {
		d.countGrant = d.grant(bad[0].table, closed)
	}
	return nil
}

// CountGrant is the statement that gives the right to read how many posts accounts have;
// "" if the role has it.
func (d *Database) CountGrant() string { return d.countGrant }
