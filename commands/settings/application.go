package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"tootfill/backfill"
)

// Application is the application that a server has registered for a login. Its secret
// is needed to revoke the token.
type Application struct {
	Server string `json:"server"`
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

const (
	// secretMode is that of files which nobody else may read.
	secretMode = os.FileMode(0o600)
	// applicationSize bounds the file of an application, in bytes.
	applicationSize = 64 << 10
)

// applicationFile is the file of the application to which a token belongs.
func applicationFile(tokenFile string) string { return tokenFile + ".client" }

func (a Application) write(path string) error {
	text, err := json.MarshalIndent(a, "", "  ")
	if err == nil {
		err = replaceFile(path, string(text)+"\n", secretMode)
	}
	if err != nil {
		return fmt.Errorf("keeping the application: %w", err)
	}
	return nil
}

// readApplication reads the application beside a token. Its errors are a *TokenError.
func readApplication(path string) (Application, error) {
	hint := backfill.Say("a token that was made by other means can be revoked in the settings of the server")
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // opening a pipe without a writer would block
	if errors.Is(err, os.ErrNotExist) {
		return Application{}, tokenHintedf(hint, "the access token is not one of tootfill login: there is no %s", path)
	}
	if err != nil {
		return Application{}, tokenErrorf("", "reading the application of the access token: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, applicationSize))
	if err != nil {
		return Application{}, tokenErrorf("", "reading the application of the access token: %w", err)
	}
	var a Application
	if err := json.Unmarshal(text, &a); err != nil || a.Server == "" || a.ID == "" || a.Secret == "" {
		return Application{}, tokenHintedf(hint, "%s is not the file of an application", path)
	}
	return a, nil
}

// writable reports whether a file can be replaced.
func writable(path string) error {
	f, err := beside(throughLink(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// beside makes a file, with mode 0600, in the folder of another one.
func beside(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
}

// throughLink is what a path leads to if it is a link.
func throughLink(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// replaceFile gives a file a new content and mode at once: whoever reads it sees the
// old content or the new one. A link stays a link.
func replaceFile(path, content string, mode os.FileMode) (err error) {
	path = throughLink(path)
	f, err := beside(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = writeAll(f, content, mode); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeAll writes a file to the disk and closes it.
func writeAll(f *os.File, content string, mode os.FileMode) error {
	_, err := f.WriteString(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
