// Package sandbox is a small fediverse in one process: a home server that
// speaks Mastodon's REST API, and origins that publish accounts over
// ActivityPub, all over TLS with a certificate authority of their own.
//
// It is what tootfill --sandbox runs against, and the test double that the tests
// use, in the manner of net/http/httptest:
//
//	s, err := sandbox.Start(sandbox.Options{Empty: true})
//	defer s.Close()
//	alice := s.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "alice"})
//	alice.Fill(500, time.Time{}, 6*time.Hour)
//	s.Home().Follow(alice)
//	s.Home().HoldNewest(alice, 20)
//
// Clients reach it through [Network], which stands in for DNS and the wires; no
// name lookup and no connection ever leaves the process or the loopback interface.
// With [Options.InMemory] there is no socket at all, so that everything runs
// inside a testing/synctest bubble.
//
// [Home.Sidekiq] starts home's Sidekiq, in a Redis of its own, whose workers
// import the posts they get jobs for. [Home.Database] answers what a real server's
// database would be asked. Thread posts that home fetches by itself do not go
// through that Sidekiq.
//
// The servers answer as Mastodon 4.5 does: statuses, bodies, Link and X-RateLimit
// headers follow its source, which the functions cite. The sandbox leaves out
// media, custom emoji, polls, quotes, e-mail, and every form of writing by users.
// All setters may be called while it serves. Package fault has the answers of
// servers that fail or mean harm; a test puts them in front of a host with
// [Host.SetFault].
//
// The sandbox plays the other side and has its own code for what both sides must
// know, such as nodeinfo, Link headers and throttles: a mistake in shared code
// would pass every test. It shares only signatures (httpsig), Ruby's dates
// (rubydate) and hosts (fediverse), which are tested against recorded answers and
// other people's examples.
package sandbox
