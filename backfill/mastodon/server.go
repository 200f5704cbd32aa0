package mastodon

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// Options say how to reach a home server.
type Options struct {
	// Server is "home.example", "https://home.example" or
	// "http://127.0.0.1:3000". Its scheme, host and port make up the origin
	// that alone ever sees the token.
	Server    string
	Token     string
	UserAgent string
	// Dial makes connections; nil means a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Lookup resolves names if home is used without TLS; nil means the machine's own
	// resolver.
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// AllowPrivate are the private addresses that may be used without TLS. Loopback
	// addresses always may, all others never.
	AllowPrivate []netip.Prefix
	// Proxy returns the proxy for an https address, or nil for none; it may be nil
	// itself. Without TLS no proxy is used: it would see the token.
	Proxy func(*url.URL) (*url.URL, error)
	// RootCAs are the trusted authorities; nil means those of the system.
	RootCAs *x509.CertPool
	// Clock is the system's if nil.
	Clock backfill.Clock
	Rate  limit.Rate
	// Pauses keeps the pauses that home asks for between processes, if not nil.
	Pauses backfill.Pauses
	// OnWait, if not nil, is called before a wait of more than a few seconds for
	// one of home's limits. It may be called from several goroutines.
	OnWait func(until time.Time, reason string)
	// Permit, if not nil, returns once a request may be sent; an error keeps it from being
	// sent. Several goroutines may call it.
	Permit func(ctx context.Context) error
}

// Server is the home server. Several goroutines may use it at once.
type Server struct {
	home      origin
	client    *http.Client
	api       *api.Client
	transport *transport

	mu       sync.Mutex
	software fediverse.Software // zero until known
	known    *instance          // what home says of itself; nil until it has said it

	// tellsURIs says that home has sent the URI of a post.
	tellsURIs atomic.Bool
}

var (
	_ backfill.Accounts   = (*Server)(nil)
	_ backfill.Introducer = (*Server)(nil)
	_ backfill.Requester  = (*Server)(nil)
)

// New makes no request.
func New(o Options) (*Server, error) {
	home, err := parseOrigin(o.Server)
	if err != nil {
		return nil, err
	}
	if !o.Rate.Valid() {
		return nil, errors.New("the rate for the home server must be above 0")
	}
	if o.Clock == nil {
		o.Clock = backfill.SystemClock{}
	}
	t := newTransport(home, o)
	// no Timeout: it would count the waits for home's limits
	client := &http.Client{Transport: t, CheckRedirect: t.checkRedirect}
	return &Server{
		home: home, client: client, transport: t,
		api: &api.Client{Client: *client, Config: &api.Config{Server: home.String()}},
	}, nil
}

// Host is home's host[:port].
func (s *Server) Host() string { return s.home.host }

// Requests is how many requests have been sent so far.
func (s *Server) Requests() int64 { return s.transport.requests.Load() }

// Limited is how many of them home has answered with 429.
func (s *Server) Limited() int64 { return s.transport.limited.Load() }

// RateKnown reports whether home has sent rate headers yet.
func (s *Server) RateKnown() bool { return s.transport.gate.rateKnown() }

// Close ends the connections that are not in use. It returns nil.
func (s *Server) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// read has the library make a request, and decodes the answer into out. The
// library's own types are decoded completely or not at all: an empty text as
// created_at, or a version that is a number, would hide everything else. They lack
// blocked_by and scopes, too.
func (s *Server) read(out any, call func(*api.Client) error) error {
	var answer bytes.Buffer
	c := api.Client{Client: s.api.Client, Config: s.api.Config, JSONWriter: &answer}
	err := call(&c)
	if answer.Len() == 0 {
		return s.explain(err)
	}
	return s.explain(json.Unmarshal(answer.Bytes(), out))
}

// get reads the answer to a GET into out, and returns its header. It is for what
// the library (go-mastodon v0.0.13) cannot ask or shows too little of; each caller
// says what that is.
func (s *Server) get(ctx context.Context, path string, query url.Values, out any) (http.Header, error) {
	u := s.home.String() + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, s.explain(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, s.explain(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return resp.Header, s.explain(err)
	}
	return resp.Header, nil
}

// explain reduces the error of a call to what the transport said. Any other error
// is about an answer that could not be read.
func (s *Server) explain(err error) error {
	if err == nil {
		return nil
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if isAny(err) {
		return err
	}
	message := fmt.Sprintf("the answer cannot be read: %v", err)
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) { // whose text is about our own types
		message = "the answer cannot be read: it has a JSON " + other.Value + " where none was expected"
	}
	return &backfill.AnswerError{Server: s.home.host, Status: http.StatusOK, Message: clean(message)}
}

// isAny reports whether err is one of those that the ports promise.
func isAny(err error) bool {
	var unauthorized *backfill.UnauthorizedError
	var unavailable *backfill.UnavailableError
	var answered *backfill.AnswerError
	var clear *ClearTextError
	var own *pauseError
	return errors.As(err, &own) || errors.As(err, &clear) || errors.As(err, &unauthorized) || errors.As(err, &unavailable) || errors.As(err, &answered) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// status is the HTTP status of an error answer; 0 if err is none.
func status(err error) int {
	var answered *backfill.AnswerError
	if errors.As(err, &answered) {
		return answered.Status
	}
	return 0
}
