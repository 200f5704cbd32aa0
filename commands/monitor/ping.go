package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

const (
	// pingTime bounds a ping with all its tries.
	pingTime = 5 * time.Second
	// pingTries is how often a ping is sent if something is wrong that may pass, and
	// pingGap the time in between.
	pingTries = 2
	pingGap   = time.Second
	// mostRedirects is how many redirects are followed.
	mostRedirects = 3
	// shortAnswer is how much is read of an answer, in bytes.
	shortAnswer = 1 << 10
	// mostHeader bounds the header of an answer, in bytes.
	mostHeader = 64 << 10
)

// PingOptions say whom to ping, and how.
type PingOptions struct {
	// URL is http or https. It is a secret: whoever has it can ping.
	URL *url.URL
	// Proxy is that of http.Transport for the URL; nil means none.
	Proxy     func(*url.URL) (*url.URL, error)
	UserAgent string
	Clock     backfill.Clock
	// Time bounds a ping with all its tries. Default: 5 s.
	Time time.Duration
}

// Pings tell a service such as Healthchecks that a run begins, and how it ended: by a POST
// to URL/start, and then to URL or URL/fail
// (https://healthchecks.io/docs/http_api/).
type Pings struct {
	PingOptions
	client *http.Client
}

// NewPings returns the pings of a run.
func NewPings(o PingOptions) *Pings {
	if o.Time == 0 {
		o.Time = pingTime
	}
	transport := &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true, MaxResponseHeaderBytes: mostHeader}
	if o.Proxy != nil {
		transport.Proxy = func(r *http.Request) (*url.URL, error) { return o.Proxy(r.URL) }
	}
	return &Pings{PingOptions: o, client: &http.Client{Transport: transport, CheckRedirect: sameHost}}
}

// sameHost lets redirects lead only to where the secret is known already.
func sameHost(r *http.Request, before []*http.Request) error {
	first := before[0].URL
	switch {
	case len(before) > mostRedirects:
		return errors.New("too many redirects")
	case r.URL.Host != first.Host:
		return errors.New("it redirects to another server")
	case r.URL.Scheme != first.Scheme && r.URL.Scheme != "https":
		return errors.New("it redirects to an address without TLS")
	}
	return nil
}

// Start tells that a run begins.
func (p *Pings) Start(ctx context.Context) error { return p.ping(ctx, p.URL.JoinPath("start"), "") }

// End tells how a run has ended.
func (p *Pings) End(ctx context.Context, r Run) error {
	to := p.URL
	if !r.Good {
		to = p.URL.JoinPath("fail")
	}
	return p.ping(ctx, to, r.text())
}

// ping sends a ping, and once more if it fails in a way that may pass. Its error names no
// more than the host: the rest of the address is secret.
func (p *Pings) ping(ctx context.Context, to *url.URL, body string) error {
	limited, cancel := context.WithTimeout(ctx, p.Time)
	defer cancel()
	var err error
	for try := range pingTries {
		if try > 0 && p.Clock.Wait(limited, pingGap) != nil {
			break
		}
		var lasting *lastingError
		if err = p.send(limited, to, body); err == nil || errors.As(err, &lasting) {
			break
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("no answer within %s", p.Time)
	}
	return fmt.Errorf("the ping to %s failed: %s", p.URL.Host, cleantext.Shorten(err.Error()))
}

// lastingError is one that comes again if the ping is sent again.
type lastingError struct{ text string }

func (e *lastingError) Error() string { return e.text }

func (p *Pings) send(ctx context.Context, to *url.URL, body string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(body))
	if err != nil {
		return &lastingError{"the address cannot be used"}
	}
	r.Header.Set("User-Agent", p.UserAgent)
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	response, err := p.client.Do(r)
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err // without the address
	}
	if err != nil {
		return backfill.WithoutSource(err)
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(response.Body, shortAnswer)) // its status says enough
	return judge(response.StatusCode, strings.TrimSpace(string(said)))
}

// judge is the error that an answer means. hc-ping.com answers 200 and "OK (not found)" or
// "OK (rate limited)" where it did not count a ping.
func judge(status int, said string) error {
	text := strings.TrimSpace(fmt.Sprintf("answered %d %s", status, http.StatusText(status)))
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return errors.New(text)
	case status/100 != 2:
		return &lastingError{text}
	case strings.HasPrefix(said, "OK ("):
		return &lastingError{fmt.Sprintf("answered %d %q", status, said)}
	}
	return nil
}
