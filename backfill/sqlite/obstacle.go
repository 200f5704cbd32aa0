package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite's error codes say that a file could not be opened or written, but seldom
// which one, and never why: permissions, a full disk, a quota, a file system mounted
// read-only. These functions find out.

// fileOf is the file that an error of SQLite is about.
func (f *file) fileOf(code int) string {
	switch code {
	case sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMLOCK:
		return f.path + "-shm"
	}
	return f.path
}

// probeSize is the least that SQLite needs: the size of a new -shm file.
const probeSize = 32 << 10

// obstacle is what keeps this process from the ledger's files; nil if that cannot
// be found out.
func (f *file) obstacle(path string) error {
	for _, suffix := range files {
		if err := accessible(f.path+suffix, !f.options.ReadOnly); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", f.path+suffix, err)
		}
	}
	if f.options.ReadOnly {
		return nil
	}
	if err := f.probe(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// probe finds out whether a file can be created and written in the ledger's folder.
func (f *file) probe() error {
	file, err := os.CreateTemp(f.options.Dir, "ledger.probe-*")
	if err != nil {
		return bare(err)
	}
	_, err = file.Write(make([]byte, probeSize))
	err = errors.Join(bare(err), bare(file.Close()))
	return errors.Join(err, os.Remove(file.Name()))
}

// bare is an error without the name of the probe's file.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// roomHint says what to do if the disk takes no more; "" if that is not the error.
func roomHint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk"
	case errors.Is(err, syscall.EFBIG):
		return "the system limits the size of files (ulimit -f)"
	}
	return ""
}
