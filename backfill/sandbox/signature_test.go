package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/httpsig"
	"tootfill/backfill/rsakey"
)

// signed sends a request as home does, with headers changed after signing.
func (w *world) signed(url string, sign func(*http.Request, time.Time) error, change func(http.Header)) reply {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := sign(r, time.Now()); err != nil {
		w.t.Fatal(err)
	}
	change(r.Header)
	header := []string{"Accept", activityAccept}
	for name, values := range r.Header {
		header = append(header, name, values[0])
	}
	return w.fetch(url, header...)
}

func homeSigner(t *testing.T, h *Home) httpsig.Key {
	t.Helper()
	id, file, err := h.InstanceKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := rsakey.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return httpsig.Key{ID: id, Private: private}
}

func TestHiddenOriginVerifiesSignatures(t *testing.T) {
	w := begin(t, Options{})
	secret := w.Account("secret@closed.example")
	k := homeSigner(t, w.Home())
	nobody := httpsig.Key{ID: "https://home.example/users/nobody#main-key", Private: k.Private}
	foreign := httpsig.Key{ID: secret.URI() + "#main-key", Private: k.Private}
	url := secret.URI() + "/outbox?page=true"
	same := func(http.Header) {}
	for _, c := range []struct {
		name   string
		sign   func(*http.Request, time.Time) error
		change func(http.Header)
		status int
		says   string
	}{
		{"draft", k.SignCavage, same, 200, "OrderedCollectionPage"},
		{"RFC 9421", k.SignRFC9421, same, 200, "OrderedCollectionPage"},
		{"forged", k.SignCavage, func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), `signature="`, `signature="AAAA`, 1))
		}, 401, "Verification failed for " + homeKeyID},
		{"of another time", k.SignCavage, func(h http.Header) { h.Set("Date", time.Now().Add(-2*time.Hour).UTC().Format(http.TimeFormat)) }, 401, "time window"},
		{"garbage", k.SignCavage, func(h http.Header) { h.Set("Signature", "garbage") }, 401, "Incompatible request signature"},
		{"key of nobody", nobody.SignCavage, same, 401, "Public key not found"},
		// closed.example asks itself for the key, unsigned, and so refuses itself.
		{"key behind a closed door", foreign.SignCavage, same, 401, "Public key not found"},
		{"unsigned", k.SignCavage, func(h http.Header) { h.Del("Signature") }, 401, "Request not signed"},
	} {
		r := w.signed(url, c.sign, c.change)
		if r.status != c.status || !strings.Contains(r.body, c.says) {
			t.Errorf("%s: %d %s", c.name, r.status, r.body)
		}
	}
}

func TestKeysAreReadOnce(t *testing.T) {
	w := begin(t, Options{})
	k := homeSigner(t, w.Home())
	url := w.Account("secret@closed.example").URI()
	reads := func() int { return w.Home().Requests()["GET /actor"] }
	for range 3 {
		if r := w.signed(url, k.SignCavage, func(http.Header) {}); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	if n := reads(); n != 1 {
		t.Errorf("the key was read %d times", n)
	}
	// A wrong signature may mean a new key: the key is read once more, but not
	// again.
	w.signed(url, k.SignCavage, func(h http.Header) { h.Set("Date", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)) })
	if n := reads(); n != 2 {
		t.Errorf("the key was read %d times", n)
	}
}

func TestRFC9421Only(t *testing.T) {
	w := begin(t, Options{})
	w.Origin("closed.example").SetRFC9421Only(true)
	k := homeSigner(t, w.Home())
	url := w.Account("secret@closed.example").URI()
	if r := w.signed(url, k.SignCavage, func(http.Header) {}); r.status != http.StatusUnauthorized {
		t.Errorf("draft: %d", r.status)
	}
	if r := w.signed(url, k.SignRFC9421, func(http.Header) {}); r.status != http.StatusOK {
		t.Errorf("RFC 9421: %d %s", r.status, r.body)
	}
}

func TestExpiredCertificate(t *testing.T) {
	w := begin(t, Options{Empty: true})
	o := w.AddOrigin("photos.example")
	o.ExpireCertificate()
	if _, err := w.do(http.MethodGet, "https://photos.example/robots.txt"); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("error = %v", err)
	}
}
