package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tootfill/backfill"
)

// damaged wraps what is wrong with the file. The ledger is never repaired or
// started over behind the back of the person who needs to know.
func (f *file) damaged(err error) error {
	return &backfill.Hinted{
		Err: fmt.Errorf("the ledger %s is damaged: %w", f.path, err),
		Hint: backfill.Say("restore it from a backup, or move it out of the way to start over: posts that the home server holds are found again, " +
			"but interrupted runs, deferred accounts and the time of the last backfills are forgotten"),
	}
}

// denied adds a hint if the file system is in the way.
func (f *file) denied(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	var hinted *backfill.Hinted
	switch {
	case errors.As(err, &hinted):
		return err
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return &backfill.Hinted{Err: err, Hint: backfill.Hint{Kind: backfill.WritableFolder, About: f.options.Dir}}
	}
	if hint := roomHint(err); hint != "" {
		return &backfill.Hinted{Err: err, Hint: backfill.Say(hint)}
	}
	return err
}

// Explain adds advice to the SQLite errors that a person can do something about.
func (f *file) Explain(ctx context.Context, err error) error {
	var failure *sqlitedriver.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code() & 0xff { // the upper bits tell details
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return f.damaged(err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &backfill.Hinted{Err: fmt.Errorf("another process holds the ledger %s: %w", f.path, err), Hint: backfill.Say("try again in a moment")}
	case sqlite3.SQLITE_FULL:
		return f.denied("writing the ledger "+f.path, fmt.Errorf("%w: %w", syscall.ENOSPC, err))
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR:
		return f.hindered(failure.Code(), err)
	case sqlite3.SQLITE_INTERRUPT:
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// hindered says what kept SQLite from opening, reading or writing a file.
func (f *file) hindered(code int, err error) error {
	path := f.fileOf(code)
	if why := f.obstacle(path); why != nil {
		return f.denied("using the ledger", fmt.Errorf("%w (%w)", why, err))
	}
	return &backfill.Hinted{Err: fmt.Errorf("using the ledger: %s: %w", path, err), Hint: backfill.Say("check its disk and its folder, and try again")}
}

// The header of a database: https://www.sqlite.org/fileformat2.html#the_database_header
const (
	headerSize  = 100
	headerMagic = "SQLite format 3\x00"
)

// checkFile looks at the header before SQLite does, since SQLite takes an empty
// file for a new database, and would use the database of another program.
func (f *file) checkFile() error {
	file, err := os.Open(f.path)
	if err != nil {
		return f.denied("opening the ledger", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("opening the ledger: %w", err)
	}
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(file, header); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return f.damaged(errors.New("it is cut off"))
		}
		return f.denied("reading the ledger", err)
	}
	return f.checkHeader(header, info.Size())
}

func (f *file) checkHeader(h []byte, size int64) error {
	if !bytes.HasPrefix(h, []byte(headerMagic)) {
		return f.damaged(errors.New("it is not a database"))
	}
	if id := binary.BigEndian.Uint32(h[68:]); id != applicationID {
		return &backfill.Hinted{
			Err:  fmt.Errorf("%s is not a ledger of tootfill but a database of another program (application id %#x)", f.path, id),
			Hint: backfill.Hint{Kind: backfill.OtherFolder},
		}
	}
	page := int64(binary.BigEndian.Uint16(h[16:]))
	if page == 1 {
		page = 65536
	}
	const schemaFormat, utf8 = 4, 1
	if page < 512 || page&(page-1) != 0 || !bytes.Equal(h[18:24], []byte{2, 2, 0, 64, 32, 32}) ||
		binary.BigEndian.Uint32(h[44:]) != schemaFormat || binary.BigEndian.Uint32(h[56:]) != utf8 {
		return f.damaged(errors.New("its header makes no sense"))
	}
	log, err := hasLog(f.path)
	if err != nil {
		return f.denied("looking for the ledger's log", err)
	}
	// While there is a log, the file may be behind what its header says.
	if pages := int64(binary.BigEndian.Uint32(h[28:])); !log && pages*page > size {
		return f.damaged(errors.New("it is cut off"))
	}
	return nil
}
