package sandbox

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The handlers in this file are what a server with bad intentions, or one that
// is badly broken, may answer. They are for SetFault, with Always or OnRoute.
// All of them end when the client hangs up.

// Flood answers with size bytes of JSON white space as fast as they are taken.
func Flood(contentType string, size int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		pour(w, size)
	})
}

// pour writes spaces until the client has enough.
func pour(w io.Writer, size int64) {
	block := bytes.Repeat([]byte(" "), 64<<10)
	for size > 0 {
		n, err := w.Write(block[:min(size, int64(len(block)))])
		if err != nil {
			return
		}
		size -= int64(n)
	}
}

// Drip answers with size bytes of JSON white space, a chunk of them at each
// interval.
func Drip(contentType string, size int64, chunk int, interval time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		for ; size > 0 && pause(r, interval); size -= int64(chunk) {
			if _, err := w.Write(bytes.Repeat([]byte(" "), chunk)); err != nil {
				return
			}
			flush(w)
		}
	})
}

// pause waits, and says whether the client is still there.
func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// flush sends what was written so far. Where that cannot be done the client is
// gone, and the next write fails.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// SlowLoris never comes to its answer, but shows at each interval that it lives,
// by a 103 Early Hints.
func SlowLoris(interval time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for pause(r, interval) {
			w.Header().Set("Link", "</style.css>; rel=preload; as=style")
			w.WriteHeader(http.StatusEarlyHints)
		}
		panic(http.ErrAbortHandler) // no answer, not an empty one
	})
}

// GzipBomb answers with size bytes of JSON white space, compressed to about a
// thousandth of that.
func GzipBomb(contentType string, size int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		pour(z, size)
		_ = z.Close() // fails if the client is gone
	})
}

// DeepJSON answers with an array in an array, depth times.
func DeepJSON(contentType string, depth int) http.Handler {
	return Respond(http.StatusOK, contentType, strings.Repeat("[", depth)+strings.Repeat("]", depth))
}

// DeepObject answers with a page whose one entry is an object in an object,
// depth times.
func DeepObject(contentType string, depth int) http.Handler {
	body := `{"type":"OrderedCollectionPage","orderedItems":[` +
		strings.Repeat(`{"type":"Create","object":`, depth) + `{}` + strings.Repeat("}", depth) + `]}`
	return Respond(http.StatusOK, contentType, body)
}

// WideObject answers with a page of size bytes, whose entries are all the same
// small JSON value: what is small on the wire may be big in memory.
func WideObject(contentType, entry string, size int) http.Handler {
	const head, tail = `{"type":"OrderedCollectionPage","orderedItems":[`, `]}`
	count := max(1, (size-len(head)-len(tail))/(len(entry)+1))
	return Respond(http.StatusOK, contentType, head+strings.Repeat(entry+",", count-1)+entry+tail)
}

// ManyMembers answers with a page that has size bytes of members nobody knows.
func ManyMembers(contentType string, size int) http.Handler {
	var b strings.Builder
	b.WriteString(`{"type":"OrderedCollectionPage","orderedItems":[]`)
	for i := 0; b.Len() < size-16; i++ {
		b.WriteString(`,"` + strconv.Itoa(i) + `":0`)
	}
	return Respond(http.StatusOK, contentType, b.String()+"}")
}

// ManyHeaders answers with a header of size bytes.
func ManyHeaders(contentType string, size int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := range size / 1000 {
			w.Header().Set("X-Filler-"+strconv.Itoa(i), strings.Repeat("x", 980))
		}
		_, _ = w.Write([]byte("{}")) // a client that is gone needs no body
	})
}

// BreakOff answers with the beginning of a longer document and cuts the
// connection.
func BreakOff(contentType, beginning string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(beginning)+1000))
		_, _ = w.Write([]byte(beginning)) // it breaks off anyway
		flush(w)
		panic(http.ErrAbortHandler) // how net/http lets a handler cut the connection
	})
}

// RedirectTo redirects to any address, whether it is one or not.
func RedirectTo(location string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
}

// RedirectLoop redirects to ever new addresses of the same path.
func RedirectLoop() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What is no number counts as the first time.
		n, _ := strconv.Atoi(r.URL.Query().Get("hop"))
		RedirectTo(r.URL.Path+"?hop="+strconv.Itoa(n+1)).ServeHTTP(w, r)
	})
}

// WebFinger answers that an account is subject (such as acct:alice@x.example)
// and has this actor.
func WebFinger(subject, actor string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, "application/jrd+json", map[string]any{
			"subject": subject,
			"links":   []any{map[string]any{"rel": "self", "type": "application/activity+json", "href": actor}},
		})
	})
}
