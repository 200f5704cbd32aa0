package commands_test

import (
	"fmt"
	"net/http"
	"strings"

	"tootfill/backfill/sandbox"
)

// setBio: bio HANDLE TEXT.
func (f *fediverse) setBio(args []string) error {
	a, err := f.account(args[1])
	if err == nil {
		a.SetBio(strings.Join(args[2:], " "))
	}
	return err
}

// setValidators: untagged DOMAIN, and lies DOMAIN.
func (f *fediverse) setValidators(args []string) error {
	fault := sandbox.Fault(withoutValidators)
	if args[0] == "lies" {
		fault = func(r *http.Request, _ http.Handler) http.Handler {
			tag := r.Header.Get("If-None-Match")
			if tag == "" {
				return nil
			}
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("ETag", tag)
				w.WriteHeader(http.StatusNotModified)
			})
		}
	}
	f.AddOrigin(args[1]).SetFault(fault)
	return nil
}

// withoutValidators answers like a server that knows nothing of conditional requests.
func withoutValidators(_ *http.Request, real http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header.Del("If-None-Match")
		r.Header.Del("If-Modified-Since")
		real.ServeHTTP(&untagged{w}, r)
	})
}

// untagged is an answer without validators.
type untagged struct{ http.ResponseWriter }

func (u *untagged) WriteHeader(status int) {
	u.Header().Del("ETag")
	u.Header().Del("Last-Modified")
	u.ResponseWriter.WriteHeader(status)
}

// wantRequests: requests DOMAIN N.
func (f *fediverse) wantRequests(args []string) error {
	want, err := number(args, 2)
	if err != nil {
		return err
	}
	o := f.AddOrigin(args[1])
	if got := o.RequestCount(); got != want {
		return fmt.Errorf("%d requests to %s, want %d: %v", got, args[1], want, o.Requests())
	}
	return nil
}
