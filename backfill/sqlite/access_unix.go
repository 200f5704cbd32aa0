//go:build unix

package sqlite

import "syscall"

// accessible says whether this process may read a file, and write it if write is
// set. It does not open the file: closing it again would drop the locks that SQLite
// holds on it (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
func accessible(path string, write bool) error {
	const readable, writable = 4, 2
	mode := uint32(readable)
	if write {
		mode |= writable
	}
	return syscall.Access(path, mode)
}
