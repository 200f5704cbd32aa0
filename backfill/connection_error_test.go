package backfill_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"tootfill/backfill"
)

func TestErrorsOfConnectionsDoNotNameOurSide(t *testing.T) {
	us, home := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 45550}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	cut := &net.OpError{Op: "read", Net: "tcp", Source: us, Addr: home, Err: syscall.ECONNRESET}
	none := &net.OpError{Op: "dial", Net: "tcp", Addr: home, Err: syscall.ECONNREFUSED}
	for want, err := range map[string]error{
		"the answer broke off: read tcp 192.0.2.1:443: connection reset by peer": fmt.Errorf("the answer broke off: %w", cut),
		"dial tcp 192.0.2.1:443: connection refused":                             none,
		"EOF": errors.New("EOF"),
	} {
		if got := backfill.WithoutSource(err); got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
