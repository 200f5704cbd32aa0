package sqlite

// version11 adds who follows an account that was followed of late: the id of a local
// account at home, or nothing where that is the token's account.
const version11 migration = `
ALTER TABLE new_follows ADD COLUMN follower TEXT NOT NULL DEFAULT '';
`
