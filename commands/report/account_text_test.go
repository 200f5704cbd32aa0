package report

import "testing"

func TestHeldPosts(t *testing.T) {
	for _, tt := range []struct {
		account Account
		want    string
	}{
		{Account{Held: 7}, "7"},
		{Account{Held: 1000, HeldMore: true}, "1000+"},
		{Account{Held: -1}, "unknown without an access token"},
		{Account{Held: -1, HeldHint: "GRANT it"}, "unknown: GRANT it"},
	} {
		expect(t, "held posts", tt.account.heldText(), tt.want)
	}
}
