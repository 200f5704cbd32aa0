package accountlist

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Open opens all files before any of them is read; "-" is stdin. The caller must
// call shut.
func Open(ctx context.Context, names []string, stdin io.Reader, complain func(BadLine)) (files []*List, shut func(), err error) {
	var open []io.Closer
	shut = func() {
		for _, f := range open {
			// Nothing was written, so nothing can be lost.
			_ = f.Close()
		}
	}
	for _, name := range names {
		if name == "-" {
			in := interruptible(ctx, stdin)
			open = append(open, in)
			files = append(files, &List{name: "standard input", r: in, complain: complain})
			continue
		}
		f, err := openList(ctx, name)
		if err != nil {
			shut()
			return nil, nil, fmt.Errorf("reading the list of accounts: %w", err)
		}
		open = append(open, f)
		files = append(files, &List{name: name, r: f, complain: complain})
	}
	return files, shut, nil
}

// openList opens a file that names accounts. A named pipe is opened only when it is
// read, and abandoned when ctx ends, because opening it waits for a writer.
func openList(ctx context.Context, name string) (io.ReadCloser, error) {
	info, err := os.Stat(name)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.Open(name)
	}
	return interruptible(ctx, &namedPipe{name: name}), nil
}

// namedPipe opens its file at the first read.
type namedPipe struct {
	name string
	file *os.File
}

func (p *namedPipe) Read(b []byte) (n int, err error) {
	if p.file == nil {
		if p.file, err = os.Open(p.name); err != nil {
			return 0, err
		}
	}
	n, err = p.file.Read(b)
	if err != nil {
		// Nothing was written, so nothing can be lost.
		_ = p.file.Close()
	}
	return n, err
}

// interruptible reads from r until ctx ends. It then abandons the current read,
// which may never return from a terminal or a pipe.
func interruptible(ctx context.Context, r io.Reader) io.ReadCloser {
	in, out := io.Pipe()
	context.AfterFunc(ctx, func() { out.CloseWithError(context.Cause(ctx)) })
	go func() {
		_, err := io.Copy(out, r)
		out.CloseWithError(err)
	}()
	return in
}
