package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tootfill/backfill"
)

// files are those that make up the ledger while it is open.
var files = [...]string{"", "-wal", "-shm"}

// checkKinds makes sure that the ledger's files, as far as they exist, are regular
// files: opening a pipe would wait forever for its other end.
func (f *file) checkKinds() error {
	paths := []string{
		filepath.Join(f.options.Dir, turnstileName), filepath.Join(f.options.Dir, readersName),
		filepath.Join(f.options.Dir, usersName), f.path + ".new", f.path + "-journal",
	}
	for _, suffix := range files {
		paths = append(paths, f.path+suffix)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return f.denied("looking for the ledger", err)
		case !info.Mode().IsRegular():
			return &backfill.Hinted{
				Err:  fmt.Errorf("opening the ledger: %s is not a file but %s", path, kindOf(info.Mode())),
				Hint: backfill.Hint{Kind: backfill.ClearFolder},
			}
		}
	}
	return nil
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// noteFiles notes which files were opened. From now on one connection stays open
// to the end, so that SQLite keeps them all.
func (f *file) noteFiles(ctx context.Context) (err error) {
	if f.keeper, err = f.reader.Conn(ctx); err != nil {
		return f.Explain(ctx, err)
	}
	var n int // SQLite opens the files on its first read
	if err := f.keeper.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&n); err != nil {
		return f.Explain(ctx, err)
	}
	for i, suffix := range files {
		if f.opened[i], err = os.Stat(f.path + suffix); err != nil {
			return f.denied("opening the ledger", err)
		}
	}
	return nil
}

// checkPresence makes sure that the files being written to are still those that
// others will find: SQLite silently continues with deleted files, and everything
// recorded would be gone with the process. It costs three calls of stat, 35 µs of
// the 170 µs that a transaction with one outcome takes where fsync is cheap
// (bench_test.go); on a disk it is negligible beside the fsync.
func (f *file) checkPresence() error {
	for i, suffix := range files {
		info, err := os.Stat(f.path + suffix)
		if err == nil && os.SameFile(info, f.opened[i]) {
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f.denied("looking for the ledger", err)
		}
		what := "deleted"
		if err == nil {
			what = "replaced"
		}
		f.lost.Store(true)
		return &backfill.Hinted{
			Err: fmt.Errorf("the ledger was %s while it was in use: %s", what, f.path+suffix),
			Hint: backfill.Say("nothing more can be recorded; the next run finds again the posts that the home server has imported, " +
				"but interrupted runs, deferred accounts and the time of the last backfills are forgotten"),
		}
	}
	return nil
}
