//go:build !linux

package sqlite

// networkFileSystem can tell on Linux alone.
func networkFileSystem(string) (string, error) { return "", nil }
