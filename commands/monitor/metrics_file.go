package monitor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// MetricsFile is the path of the file for the metrics of the last run, which
// node_exporter's textfile collector reads.
type MetricsFile string

// mostMetrics is more than a file of metrics ever has, in bytes.
const mostMetrics = 1 << 20

// Check finds out whether the file can be written, without changing it.
func (f MetricsFile) Check() error {
	if _, err := f.read(); err != nil {
		return err
	}
	place, err := f.place()
	if err != nil {
		return err
	}
	temp, err := newBeside(place)
	if err != nil {
		return f.unwritable(err)
	}
	return f.unwritable(errors.Join(temp.Close(), os.Remove(temp.Name())))
}

// Write puts the metrics of a run in the place of the last one's. Readers see the old
// ones or the new ones, and never a part.
func (f MetricsFile) Write(r Run) error {
	old, err := f.read()
	if err != nil {
		return err
	}
	place, err := f.place()
	if err != nil {
		return err
	}
	temp, err := newBeside(place)
	if err != nil {
		return f.unwritable(err)
	}
	if err := fill(temp, r.Metrics(lastSuccessIn(old))); err != nil {
		return f.unwritable(errors.Join(err, temp.Close(), os.Remove(temp.Name())))
	}
	if err := errors.Join(temp.Close(), os.Rename(temp.Name(), place)); err != nil {
		return f.unwritable(errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}

// newBeside makes a file in the same folder, so that it can be renamed. node_exporter
// reads *.prom, and so not this one.
func newBeside(place string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(place), "."+filepath.Base(place)+".")
}

// fill writes a text that others may read, whatever the umask.
func fill(file *os.File, text string) error {
	if _, err := io.WriteString(file, text); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	return file.Sync()
}

// read returns what the file holds; nothing if it is not there. A file that is no
// metrics file of ours was named by mistake, and must not be lost.
func (f MetricsFile) read() ([]byte, error) {
	info, err := os.Stat(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, f.unwritable(err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", f)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", f)
	}
	file, err := os.Open(string(f))
	if err != nil {
		return nil, f.unwritable(err)
	}
	defer file.Close()
	old, err := io.ReadAll(io.LimitReader(file, mostMetrics))
	if err != nil {
		return nil, f.unwritable(err)
	}
	if len(old) > 0 && !bytes.HasPrefix(old, []byte("# HELP "+prefix)) {
		return nil, fmt.Errorf("%s holds something else than metrics of tootfill", f)
	}
	return old, nil
}

// place is where the file is if its path is a link.
func (f MetricsFile) place() (string, error) {
	place, err := filepath.EvalSymlinks(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return string(f), nil
	case err != nil:
		return "", f.unwritable(err)
	}
	return place, nil
}

// unwritable names the file in an error, which would otherwise name one that is gone;
// nil if there is no error.
func (f MetricsFile) unwritable(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("cannot write %s: %w", f, err)
}

// lastSuccessIn is when the last good run ended that older metrics know of; zero if they
// know of none.
func lastSuccessIn(metrics []byte) time.Time {
	for line := range strings.Lines(string(metrics)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != lastSuccess {
			continue
		}
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || !(seconds > 0) || seconds > math.MaxInt32*64.0 {
			return time.Time{}
		}
		return time.UnixMilli(int64(math.Round(seconds * 1000)))
	}
	return time.Time{}
}
