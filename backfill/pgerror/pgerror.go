// Package pgerror says in a few words why PostgreSQL cannot be reached.
package pgerror

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"tootfill/backfill/cleantext"
)

// maxShown is how many columns of a text are passed on.
const maxShown = 300

// Cause is the innermost reason for which a connection failed. The driver's own error
// has several lines, one for each address.
func Cause(err error) string { return cleantext.Line(cause(err), maxShown) }

func cause(err error) string {
	var refused *pgconn.PgError
	var lookup *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &refused):
		return refused.Message
	case errors.As(err, &lookup):
		return "looking up " + lookup.Name + ": " + lookup.Err
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.As(err, &network):
		return network.Err.Error()
	case pgconn.Timeout(err), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	text := err.Error()
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// IsTLS reports whether a connection failed because of TLS: the server does not speak
// it, or its certificate is not accepted.
func IsTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	if pgconn.Timeout(err) {
		return false
	}
	// The driver has no type for a server that does not speak it (pgconn.go, startTLS).
	return errors.As(err, &certificate) || errors.As(err, &alert) || strings.Contains(err.Error(), "tls error:")
}

// Unusable is why the driver cannot use an address or the variables of libpq, without
// the address, which the driver's error quotes.
func Unusable(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "`: "); i >= 0 {
		text = text[i+len("`: "):]
	}
	return cleantext.Line(text, maxShown)
}
