//go:build !unix

package sqlite

import "os"

// accessible says whether a file is there; more is not known here.
func accessible(path string, _ bool) error {
	_, err := os.Stat(path)
	return err
}
