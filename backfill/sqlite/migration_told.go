package sqlite

// version10 adds how many of its imports the results of a run have told of, except for
// those of a run that was interrupted: it resumes with the same command.
const version10 migration = `
ALTER TABLE runs ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET told = imported WHERE finished_at IS NULL AND status <> 'interrupted';
`
