package service

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequest sends requests as they may come over a wire. Whatever comes, there is no
// panic, the answer is JSON, it tells no token, and a 202 means that what was asked for
// is noted.
func FuzzRequest(f *testing.F) {
	for _, text := range []string{
		head + "\r\n",
		strings.Replace(head, "POST", "GET", 1) + "\r\n",
		strings.Replace(head, "POST", "HEAD", 1) + "\r\n",
		strings.Replace(head, "/7/", "/8/", 1) + "\r\n",
		strings.Replace(head, "/7/", "/-99/", 1) + "\r\n",
		strings.Replace(head, "/7/", "/%37%2f/", 1) + "\r\n",
		strings.Replace(head, annes, bobs, 1) + "\r\n",
		head + "Authorization: Bearer " + bobs + "\r\n\r\n",
		head + "Content-Length: 2\r\n\r\n{}",
		head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		head + "X-Forwarded-For: 1.2.3.4, ::1, x\r\nOrigin: null\r\n\r\n",
		"OPTIONS " + path + " HTTP/1.1\r\nHost: x\r\nOrigin: x\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: a\r\n\r\n",
		"GET http://evil.example/?access_token=" + annes + " HTTP/1.1\r\nHost: x\r\nCookie: a=" + annes + "\r\n\r\n",
		"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		f.Add([]byte(text), "192.0.2.1:1")
	}
	f.Fuzz(func(t *testing.T, text []byte, remote string) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
		if err != nil {
			return // the library answers that
		}
		r.RemoteAddr = remote
		w := newWorld(t)
		rec := w.do(r)
		checkAnswer(t, w, r, rec)
	})
}

func checkAnswer(t *testing.T, w *world, r *http.Request, rec *httptest.ResponseRecorder) {
	t.Helper()
	if len(w.failures) > 0 {
		t.Errorf("%v", w.failures)
	}
	asked := w.queue.noted()
	if accepted := rec.Code == http.StatusAccepted; accepted != (len(asked) == 1) {
		t.Errorf("%d, but noted is %+v", rec.Code, asked)
	}
	for _, a := range asked {
		if r.Method != http.MethodPost || a.By != "1" || a.ID != "7" {
			t.Errorf("%s notes %+v", r.Method, a)
		}
	}
	isPreflight := rec.Code == http.StatusOK && r.Method == http.MethodOptions && rec.Body.Len() == 0
	if !isPreflight && !json.Valid(rec.Body.Bytes()) {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
	switch rec.Code {
	case 200, 202, 401, 404, 413, 422:
	default:
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	var told strings.Builder
	told.WriteString(rec.Body.String())
	// the names of headers that a browser asks about are given back
	rec.Header().Del("Access-Control-Allow-Headers")
	if err := rec.Header().Write(&told); err != nil {
		t.Error(err)
	}
	if strings.Contains(told.String(), annes) || strings.Contains(told.String(), bobs) || rec.Header().Get("X-RateLimit-Limit") != "" {
		t.Error(told.String())
	}
}
