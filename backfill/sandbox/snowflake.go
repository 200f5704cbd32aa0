package sandbox

import (
	"hash/fnv"
	"time"
)

// snowflake is the id of something made at t (lib/mastodon/snowflake.rb):
// milliseconds in the upper 48 bits. Mastodon fills the rest with random bits; here
// they come from seed, so that a sandbox is the same every time.
func snowflake(t time.Time, seed string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(seed)) // a hash.Hash never returns an error
	sum := int64(h.Sum32())
	ms := t.Unix()*1000 + sum>>16%1000
	return ms<<16 | sum&0xffff
}
