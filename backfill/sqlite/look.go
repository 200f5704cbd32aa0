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

// Sight is what a look at the ledger has shown.
type Sight struct {
	// Path is the file of the ledger.
	Path string
	// Version is that of its tables; 0 if there is no ledger yet. Newest is the one to
	// which the next run brings it.
	Version, Newest int
}

// Look reports whether the ledger in a folder can be used, or one created there. It
// changes nothing on disk. Errors are those of [Open].
func Look(ctx context.Context, dir string, clock backfill.Clock) (s Sight, err error) {
	steps := migrations()
	if dir, err = filepath.Abs(dir); err != nil {
		return Sight{}, fmt.Errorf("looking at the ledger: %w", err)
	}
	o := Options{Dir: dir, Home: everyHome, Clock: clock, Limit: unlimited, ReadOnly: true}
	f := &file{options: o, path: filepath.Join(dir, "ledger.db")}
	s = Sight{Path: f.path, Newest: len(steps)}
	there, err := f.checkPlace()
	if err != nil || there != dir {
		return s, err
	}
	if exists, err := f.exists(); err != nil || !exists {
		return s, err
	}
	opened, err := openWith(ctx, o, steps)
	var old *tooOldError
	if errors.As(err, &old) {
		s.Version = old.version // the next run mends that
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Version, err = opened.checkSchema(ctx, opened.reader.DB, len(steps))
	return s, errors.Join(err, opened.Close(nil))
}

// checkPlace checks that the ledger's folder, or the one in which it would be created,
// can be written and is on no network file system. It returns that folder.
func (f *file) checkPlace() (there string, err error) {
	for there = f.options.Dir; ; there = filepath.Dir(there) {
		info, err := os.Stat(there)
		switch {
		case errors.Is(err, fs.ErrNotExist) && there != filepath.Dir(there):
			continue
		case err != nil:
			return there, f.denied("looking at the state folder", err)
		case !info.IsDir():
			return there, &backfill.Hinted{
				Err:  fmt.Errorf("%s is not a folder, so there can be no ledger in it", there),
				Hint: backfill.Hint{Kind: backfill.OtherFolder},
			}
		}
		if err := accessible(there, true); err != nil {
			return there, f.denied("writing to "+there, err)
		}
		return there, f.checkFileSystem(there)
	}
}
