//go:build !unix

package sqlite

import "os"

// accessible says whether a file is there; on these systems no more can be told.
func accessible(path string, _ bool) error {
	_, err := os.Stat(path)
	return err
}
