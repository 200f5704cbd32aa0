package service

import (
	"net/http"
	"reflect"
	"testing"
)

func TestPreflight(t *testing.T) {
	w := newWorld(t)
	exposed := http.Header{
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Allow-Methods":  {"POST, PUT, DELETE, GET, PATCH, OPTIONS"},
		"Access-Control-Expose-Headers": {"Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id"},
		"Access-Control-Max-Age":        {"7200"},
	}
	with := func(name, value string) http.Header {
		h := exposed.Clone()
		h.Set(name, value)
		return h
	}
	for name, tt := range map[string]struct {
		ask  http.Header
		want http.Header
	}{
		"a method":            {http.Header{"Origin": {"https://web.example"}, "Access-Control-Request-Method": {"POST"}}, exposed},
		"headers":             {http.Header{"Origin": {"null"}, "Access-Control-Request-Method": {"get"}, "Access-Control-Request-Headers": {"authorization, x-y"}}, with("Access-Control-Allow-Headers", "authorization, x-y")},
		"a method that isn't": {http.Header{"Origin": {"https://web.example"}, "Access-Control-Request-Method": {"TRACE"}}, http.Header{}},
	} {
		r := request("OPTIONS", path, "")
		for name, values := range tt.ask {
			r.Header[name] = values
		}
		rec := w.do(r)
		if rec.Code != 200 || rec.Body.Len() > 0 || !reflect.DeepEqual(rec.Header(), tt.want) {
			t.Errorf("%s: %d %s %v", name, rec.Code, rec.Body, rec.Header())
		}
	}
}

func TestOrigin(t *testing.T) {
	w := newWorld(t)
	for _, token := range []string{annes, "wrong"} {
		r := request("POST", path, token)
		r.Header.Set("Origin", "https://web.example")
		h := w.do(r).Header()
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Vary") != "Authorization, Origin" {
			t.Errorf("%v", h)
		}
	}
}
