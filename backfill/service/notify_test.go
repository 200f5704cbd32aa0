package service

import (
	"net"
	"path/filepath"
	"testing"

	"tootfill/backfill/backfilltest"
)

func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := Notify(t.Context(), backfilltest.Environment("NOTIFY_SOCKET", path), Ready); err != nil {
		t.Fatal(err)
	}
	var got [64]byte
	n, err := socket.Read(got[:])
	if err != nil || string(got[:n]) != "READY=1" {
		t.Errorf("%q, %v", got[:n], err)
	}
	if err := Notify(t.Context(), backfilltest.Environment(), Ready); err != nil {
		t.Errorf("without systemd: %v", err)
	}
	if err := Notify(t.Context(), backfilltest.Environment("NOTIFY_SOCKET", path+"x"), Ready); err == nil {
		t.Error("nobody listens, and there is no error")
	}
}
