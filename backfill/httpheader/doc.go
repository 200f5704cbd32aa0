// Package httpheader reads the headers of HTTP answers that home and origins both
// send, and that net/http leaves alone: when a server may be asked again, what is
// left of its rate limit, and where a list continues.
package httpheader
