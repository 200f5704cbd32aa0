package service

import (
	"context"
	"fmt"
	"net"
	"time"
)

// What systemd can be told of the service.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
)

// notifyTime bounds how long that may take.
const notifyTime = 5 * time.Second

// Notify tells systemd of a new state, at the socket that it names in the environment
// (sd_notify(3)). It does nothing where there is none.
func Notify(ctx context.Context, getenv func(string) string, state string) error {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	dialer := net.Dialer{Timeout: notifyTime}
	conn, err := dialer.DialContext(ctx, "unixgram", path) // @ stands for an abstract name
	if err != nil {
		return fmt.Errorf("telling systemd of the service: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("telling systemd of the service: %w", err)
	}
	return nil
}
