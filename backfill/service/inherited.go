package service

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

const (
	// firstInherited is the first file that systemd hands over.
	firstInherited = 3
	// mostInherited is how many are looked at.
	mostInherited = 64
)

// Inherited is a listener that systemd has opened for us. Name is its
// FileDescriptorName.
type Inherited struct {
	net.Listener
	Name string
}

// InheritedListeners are those that systemd hands to the process with this id, as its
// environment says (sd_listen_fds(3)); none if it hands over nothing. It can be called
// once.
func InheritedListeners(getenv func(string) string, pid int) ([]Inherited, error) {
	if getenv("LISTEN_PID") != strconv.Itoa(pid) {
		return nil, nil
	}
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil || n < 0 || n > mostInherited {
		return nil, fmt.Errorf("LISTEN_FDS=%q is no number of sockets", getenv("LISTEN_FDS"))
	}
	names := strings.Split(getenv("LISTEN_FDNAMES"), ":")
	var all []Inherited
	for i := range n {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		l, err := inherit(firstInherited+i, name)
		if err != nil {
			for _, other := range all {
				_ = other.Close() // the first error says what is wrong
			}
			return nil, fmt.Errorf("taking over socket %d from systemd: %w", i+1, err)
		}
		all = append(all, Inherited{l, name})
	}
	return all, nil
}

// inherit makes a listener of an open file, which it closes: the listener has a copy.
func inherit(fd int, name string) (net.Listener, error) {
	file := os.NewFile(uintptr(fd), name)
	if file == nil {
		return nil, os.ErrInvalid
	}
	defer file.Close()
	return net.FileListener(file)
}
