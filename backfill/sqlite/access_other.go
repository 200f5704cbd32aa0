//go:build !unix

package sqlite

import "os"

// accessible reports whether a file is there; these systems can tell no more.
func accessible(path string, _ bool) error {
	_, err := os.Stat(path)
	return err
}
