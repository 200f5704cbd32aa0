//go:build !linux

package sqlite

// networkFileSystem knows network file systems on Linux only.
func networkFileSystem(string) (string, error) { return "", nil }
