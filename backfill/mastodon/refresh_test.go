package mastodon

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func TestRefresh(t *testing.T) {
	status := http.StatusOK
	s, w := newFake(t, Options{}, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(`{"accounts":[],"statuses":[],"hashtags":[],"collections":[]}`))
	}))
	a := fediverse.Account{Handle: fediverse.Handle{User: "alice", Domain: "photos.example"}}
	if err := s.Refresh(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	query := url.Values{"q": {"@alice@photos.example"}, "resolve": {"true"}, "type": {"accounts"}, "limit": {"1"}}
	if got := w.requests(); !slices.Equal(got, []string{"GET /api/v2/search?" + query.Encode()}) {
		t.Errorf("%q", got)
	}
	status = http.StatusUnprocessableEntity
	var answer *backfill.AnswerError
	if err := s.Refresh(t.Context(), a); !errors.As(err, &answer) || answer.Status != status {
		t.Errorf("%v", err)
	}
}
