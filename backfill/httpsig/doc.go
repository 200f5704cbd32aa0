// Package httpsig makes and checks the HTTP signatures by which fediverse
// servers tell each other who is asking: those of
// draft-cavage-http-signatures-12, which all of them understand, and those of
// RFC 9421, which Mastodon makes since 4.7 and checks since 4.5. It knows RSA
// with SHA-256 alone, as they do, and requests without a body.
package httpsig
