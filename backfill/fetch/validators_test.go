package fetch

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
)

// conditionalOrigin serves /x with validators, and says with 304 that it has not
// changed. It counts whole answers.
func conditionalOrigin(t *testing.T, set func(http.Header), answer func(w http.ResponseWriter, r *http.Request) bool) (*Client, *int) {
	whole := new(int)
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		set(w.Header())
		if answer != nil && answer(w, r) {
			return
		}
		if to, redirects := strings.CutPrefix(r.RequestURI, "/to?"); redirects {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		tag, date := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
		if tag != "" && tag == w.Header().Get("ETag") || tag == "" && date != "" && date == w.Header().Get("Last-Modified") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		*whole++
		answerJSON(w, "{}")
	}))
	options := o.options()
	options.Burst = 100
	return newTestClient(t, options), whole
}

const modified = "Wed, 21 Oct 2015 07:28:00 GMT"

func TestNotModified(t *testing.T) {
	for _, set := range []func(http.Header){
		func(h http.Header) { h.Set("ETag", `W/"abc"`) },
		func(h http.Header) { h.Set("Last-Modified", modified) },
		func(h http.Header) { h.Set("ETag", `"a/b+c"`); h.Set("Last-Modified", modified) },
	} {
		c, whole := conditionalOrigin(t, set, nil)
		first, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
		if err != nil || first.NotModified || first.Validators.IsZero() {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object, Known: first.Validators})
		if err != nil || !again.NotModified || again.Validators != first.Validators || again.URL != documentURL || len(again.Body) != 0 {
			t.Errorf("again %+v, %v", again, err)
		}
		if *whole != 1 {
			t.Errorf("%d whole answers", *whole)
		}
	}
}

func TestNotModifiedWithoutAQuestion(t *testing.T) {
	c, _ := conditionalOrigin(t, func(http.Header) {}, func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusNotModified)
		return true
	})
	_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Malformed)
	var answered *StatusError
	if !errors.As(err, &answered) || answered.Status != http.StatusNotModified {
		t.Errorf("error %v", err)
	}
}

// A 304 about another document is no answer: the whole document is asked for.
func TestNotModifiedThatContradictsItself(t *testing.T) {
	c, whole := conditionalOrigin(t, func(h http.Header) { h.Set("ETag", `"new"`) }, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match") == "" {
			return false
		}
		w.WriteHeader(http.StatusNotModified)
		return true
	})
	d, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object, Known: Validators{ETag: `"old"`}})
	if err != nil || d.NotModified || string(d.Body) != "{}" || d.Validators.ETag != `"new"` || *whole != 1 {
		t.Errorf("%+v, %v, %d whole answers", d, err, *whole)
	}
	// A tag that is weak in one answer and strong in another is the same.
	d, err = c.Get(t.Context(), Request{URL: documentURL, Kind: Object, Known: Validators{ETag: `W/"new"`}})
	if err != nil || !d.NotModified {
		t.Errorf("%+v, %v", d, err)
	}
}

// Validators are about one address: they neither follow a redirect nor come back
// from one.
func TestValidatorsAndRedirects(t *testing.T) {
	var conditional []string
	c, _ := conditionalOrigin(t, func(h http.Header) { h.Set("ETag", `"abc"`) }, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match") != "" {
			conditional = append(conditional, r.URL.Path)
		}
		return false
	})
	d, err := c.Get(t.Context(), Request{URL: "https://a.example.com/to?https://b.example.com/x", Kind: Object, Known: Validators{ETag: `"abc"`}})
	if err != nil || d.NotModified || !d.Validators.IsZero() {
		t.Errorf("%+v, %v", d, err)
	}
	if len(conditional) != 1 || conditional[0] != "/to" {
		t.Errorf("conditional requests for %q", conditional)
	}
}

func TestNotModifiedByAWall(t *testing.T) {
	c, _ := conditionalOrigin(t, func(h http.Header) { h.Set("Cf-Mitigated", "challenge") }, func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotModified)
		return true
	})
	_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object, Known: Validators{ETag: `"abc"`}})
	wantCause(t, err, backfill.Walled)
}

func TestHostileValidators(t *testing.T) {
	for _, tag := range []string{
		`abc`, `"`, `""x`, `"a"b"`, `W/abc`, `w/"abc"`, `*`, `"a", "b"`, "\"a\tb\"", "\"ü\"", `"` + strings.Repeat("x", maxTag) + `"`,
	} {
		if v := (Validators{ETag: tag}).valid(); !v.IsZero() {
			t.Errorf("the tag %q is kept", tag)
		}
	}
	for _, date := range []string{"yesterday", "2015-10-21", modified + "\r\nX: y", strings.Repeat(" ", 100) + modified} {
		if v := (Validators{LastModified: date}).valid(); !v.IsZero() {
			t.Errorf("the date %q is kept", date)
		}
	}
	good := Validators{ETag: `W/"33a64df551425fcc55e4d42a148795d9"`, LastModified: modified}
	if good.valid() != good {
		t.Error("good validators are not kept")
	}
	// What a damaged ledger holds is not sent.
	c, _ := conditionalOrigin(t, func(http.Header) {}, func(_ http.ResponseWriter, r *http.Request) bool {
		if len(r.Header.Values("If-None-Match"))+len(r.Header.Values("If-Modified-Since")) > 0 {
			t.Errorf("headers %v", r.Header)
		}
		return false
	})
	if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object, Known: Validators{ETag: "x\r\ny", LastModified: "z"}}); err != nil {
		t.Error(err)
	}
}

func TestSignedNotModified(t *testing.T) {
	var asked []string
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, strings.Fields(r.Header.Get("Signature"))[0]+" "+r.Header.Get("If-None-Match"))
		w.Header().Set("ETag", `"abc"`)
		switch {
		case !strings.HasPrefix(r.Header.Get("Signature"), "rfc9421 "):
			w.WriteHeader(http.StatusUnauthorized)
		case r.Header.Get("If-None-Match") == `"abc"`:
			w.WriteHeader(http.StatusNotModified)
		default:
			answerJSON(w, "{}")
		}
	}))
	options := o.options()
	options.Signer, options.Burst = testSigner{}, 100
	d, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object, Known: Validators{ETag: `"abc"`}})
	if err != nil || !d.NotModified {
		t.Errorf("%+v, %v", d, err)
	}
	if got := strings.Join(asked, "; "); got != `draft "abc"; rfc9421 "abc"` {
		t.Errorf("asked %s", got)
	}
}

// A document that was changed just before it was sent may be changed again within the
// second that its date names.
func TestDateOfTheSecondInWhichItWasSent(t *testing.T) {
	for date, kept := range map[string]bool{
		"Wed, 21 Oct 2015 07:28:00 GMT": false, "Wed, 21 Oct 2015 07:27:00 GMT": false, "Wed, 21 Oct 2015 07:28:01 GMT": true, "": true,
	} {
		v := validatorsOf(http.Header{"Last-Modified": {modified}, "Date": {date}})
		if got := v.LastModified != ""; got != kept {
			t.Errorf("sent at %q: kept %v", date, got)
		}
	}
}
