// Package sandbox is a small fediverse in one process: a home server that
// speaks Mastodon's REST API, and origins that publish accounts over
// ActivityPub, all over TLS with a certificate authority of their own.
//
// It is what tootfill --sandbox runs against, and the double that the tests
// use, in the way of net/http/httptest:
//
//	s, err := sandbox.Start(sandbox.Options{Empty: true})
//	defer s.Close()
//	alice := s.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "alice"})
//	alice.Fill(500, time.Time{}, 6*time.Hour)
//	s.Home().Follow(alice)
//	s.Home().HoldNewest(alice, 20)
//
// Clients reach it through [Network], which stands in for DNS and the wires;
// no name and no connection ever leaves the process or the loopback interface.
// With [Options.InMemory] there is no socket at all, so that everything runs
// inside a testing/synctest bubble.
//
// Home has a Sidekiq in a Redis of its own, started by [Home.Sidekiq], whose
// workers import the posts that they get jobs for; and [Home.Database] answers
// what a real server's database would be asked. The posts that home follows up
// by itself, those of threads, do not go through that Sidekiq.
//
// The servers answer as Mastodon 4.5 does: statuses, bodies, Link and
// X-RateLimit headers follow its source, which is named at the functions. What
// the sandbox leaves out: media, custom emoji, polls, quotes, e-mail, and every
// form of writing by users. All setters may be called while it serves. What a
// server answers when it fails or means harm is in package fault; a test puts it
// in front of a host with [Host.SetFault].
//
// The sandbox is the other side, and writes by itself what both sides have to
// know, such as nodeinfo, Link headers and throttles: a mistake in code that they
// shared would pass every test. It shares only signatures (httpsig), Ruby's dates
// (rubydate) and hosts (fediverse), which are tested against recorded answers and
// examples of others.
package sandbox
