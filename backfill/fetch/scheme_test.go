package fetch

import "testing"

// A later process signs at once as the host wants it.
func TestSchemeIsRemembered(t *testing.T) {
	known := memory{}
	get := func(wants string, want ...string) {
		t.Helper()
		first, asked := signedOrigin(t, 401, wants)
		first.memory = known
		for range 2 {
			if _, err := first.Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil {
				t.Fatal(err)
			}
		}
		wantAsked(t, asked, want...)
	}
	get("rfc9421", "a.example.com/x draft", "a.example.com/x rfc9421", "a.example.com/x rfc9421")
	get("rfc9421", "a.example.com/x rfc9421", "a.example.com/x rfc9421")
	// The host has been replaced by one that wants the draft.
	get("draft", "a.example.com/x rfc9421", "a.example.com/x draft", "a.example.com/x draft")
	get("draft", "a.example.com/x draft", "a.example.com/x draft")
	known["a.example.com "+schemeFact] = "rot13"
	get("draft", "a.example.com/x draft", "a.example.com/x draft")
}
