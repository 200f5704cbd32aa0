// Package fetch is the HTTP client for origins: servers that we know nothing
// about and that owe us nothing.
//
// It never speaks plain HTTP, and never connects to a private or otherwise
// reserved address (which it checks after resolving the name, on every hop). It
// limits the size of every document and the time for it, and obeys robots.txt
// (RFC 9309). It sends a host one request at a time, at a measured pace, and keeps
// the pauses that hosts ask for. With a [Signer] it signs requests for ActivityPub
// documents as home.
package fetch
