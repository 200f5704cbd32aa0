// Package fetch is the HTTP client for origins: servers that we know nothing
// about and that owe us nothing.
//
// It never speaks plain HTTP, never connects to a private or otherwise reserved
// address (checked after the name was resolved, on every hop), reads no more
// than a document may hold, in no more time than a document may take, obeys
// robots.txt (RFC 9309), sends one request at a time to a host, at a measured
// pace, and keeps the pauses that hosts ask for. With a [Signer] it asks for
// ActivityPub documents in the name of home.
package fetch
