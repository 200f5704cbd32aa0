// Package httpsig makes and verifies the HTTP signatures by which fediverse
// servers tell each other who is asking: those of
// draft-cavage-http-signatures-12, which every server understands, and those of
// RFC 9421, which Mastodon has verified since 4.5 and made since 4.7. Like those
// servers, it knows only RSA with SHA-256, and only requests without a body.
package httpsig
