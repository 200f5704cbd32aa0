package fault

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

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

// flush sends what has been written so far. If that fails, the client is gone and
// the next write fails.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// SlowLoris never answers, but shows at each interval that it is alive by sending a
// 103 Early Hints.
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
