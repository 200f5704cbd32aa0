package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	_ "modernc.org/sqlite" // the driver

	"tootfill/backfill"
)

const (
	// busyTimeout is how long a statement waits for other processes, in milliseconds.
	// SQLite does not let them take turns: each looks ten times a second whether it is
	// the one to find the ledger free. Of twenty that write all the time on a slow disk,
	// one may wait for more than ten seconds.
	busyTimeout = "busy_timeout(60000)"
	// readers is how many connections read at once.
	readers = 4
	// readerCache is how much each of them keeps of the file, in KiB: a few pages of each
	// table, and not SQLite's 2 MiB. The system keeps the file, too.
	readerCache = "cache_size(-512)"
)

// dsn is the address of a database file for the driver. The mode is SQLite's:
// rw opens what is there, ro does so for reading; only rwc creates a file.
func dsn(path, mode string, pragmas ...string) string {
	q := url.Values{"mode": {mode}, "_pragma": append([]string{busyTimeout, "foreign_keys(1)", "trusted_schema(0)"}, pragmas...)}
	if mode != "ro" {
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func (f *file) openFile(ctx context.Context, steps []migration) error {
	if err := f.prepareDir(); err != nil {
		return err
	}
	if err := f.checkKinds(); err != nil {
		return err
	}
	gate := f.gate()
	if err := gate.lock(ctx); err != nil {
		return f.denied("locking the ledger", err)
	}
	return errors.Join(f.openLocked(ctx, steps), gate.unlock())
}

func (f *file) openLocked(ctx context.Context, steps []migration) error {
	exists, err := f.exists()
	if err != nil {
		return err
	}
	if !exists {
		if err := f.create(ctx, steps); err != nil {
			return f.denied("creating the ledger", err)
		}
	}
	if err := f.checkFile(); err != nil {
		return err
	}
	if f.writer, err = sql.Open("sqlite", dsn(f.path, "rw", "synchronous(FULL)")); err != nil {
		return fmt.Errorf("opening the ledger: %w", err)
	}
	f.writer.SetMaxOpenConns(1)
	version, err := f.checkSchema(ctx, f.writer, len(steps))
	if err != nil {
		return err
	}
	if version < len(steps) {
		if err := f.checkUnused(ctx, len(steps)); err != nil {
			return err
		}
	}
	if err := f.join(os.O_CREATE | os.O_RDWR); err != nil {
		return f.denied("locking the ledger", err)
	}
	if err := migrate(ctx, f.writer, steps); err != nil {
		return f.Explain(ctx, err)
	}
	if f.reader.DB, err = sql.Open("sqlite", dsn(f.path, "rw", "query_only(1)", readerCache)+"&_txlock=deferred"); err != nil {
		return fmt.Errorf("opening the ledger: %w", err)
	}
	f.reader.compiled = newCompiled()
	f.reader.SetMaxOpenConns(readers + 1)
	f.reader.SetMaxIdleConns(readers + 1) // opening one takes longer than most that is read
	return f.noteFiles(ctx)
}

func (f *file) prepareDir() error {
	if err := os.MkdirAll(f.options.Dir, 0o700); err != nil {
		return f.denied("creating the state folder", err)
	}
	return f.checkFileSystem(f.options.Dir)
}

// checkFileSystem refuses network file systems. The folder is that of the ledger, or
// one above it.
func (f *file) checkFileSystem(dir string) error {
	name, err := networkFileSystem(dir)
	if err != nil {
		return fmt.Errorf("looking at the file system of %s: %w", dir, err)
	}
	if name == "" {
		return nil
	}
	// https://www.sqlite.org/wal.html: all processes must share memory.
	return &backfill.Hinted{
		Err:  fmt.Errorf("the state folder %s is on a network file system (%s), where a ledger is not safe", f.options.Dir, name),
		Hint: backfill.Hint{Kind: backfill.LocalFolder},
	}
}

// exists reports whether there is a ledger file. If only its log is there, the file
// once existed and has been lost, which is an error.
func (f *file) exists() (bool, error) {
	_, err := os.Stat(f.path)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, f.denied("looking for the ledger", err)
	}
	log, err := hasLog(f.path)
	if err != nil {
		return false, f.denied("looking for the ledger", err)
	}
	if log {
		return false, f.damaged(fmt.Errorf("the file is gone, but its log %s is there", f.path+"-wal"))
	}
	return false, nil
}

// hasLog says whether SQLite's write-ahead log holds anything.
func hasLog(path string) (bool, error) {
	info, err := os.Stat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.Size() > 0, nil
}

// create makes a ledger under another name and renames it when it is complete, so
// that a crash in between cannot leave an empty file, which would look like damage.
func (f *file) create(ctx context.Context, steps []migration) error {
	fresh := f.path + ".new"
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(fresh + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := fill(ctx, fresh, steps); err != nil {
		return errors.Join(f.Explain(ctx, err), file.Close())
	}
	// Only this makes it durable; see fill.
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, f.path); err != nil {
		return err
	}
	return syncDir(f.options.Dir)
}

// fill makes the tables in a file that has no use yet, without waiting for the disk at
// each step. After a crash the file is made again.
func fill(ctx context.Context, path string, steps []migration) error {
	db, err := sql.Open("sqlite", dsn(path, "rw", "synchronous(OFF)", "journal_mode(MEMORY)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID))
	if err == nil {
		err = migrate(ctx, db, steps)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, `PRAGMA journal_mode = WAL`)
	}
	return errors.Join(err, db.Close())
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
