package commands

import (
	"net/http"
	"slices"
	"testing"
)

// TestHomeIsAskedForAnAccountAsItWasTyped: however the account is named, although
// the ledger and the results have it in lower case.
func TestHomeIsAskedForAnAccountAsItWasTyped(t *testing.T) {
	for name, args := range map[string][]string{
		"lookup":         {"lookup", "AliceB@photos.example"},
		"argument":       {"accounts", "backfill", "--not-followed", "https://photos.example/@AliceB"},
		"standard input": {"accounts", "backfill", "--not-followed", "--from", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.stdin = "@AliceB@photos.example\n"
			l.AddOrigin("photos.example")
			var asked []string
			l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
				if r.URL.Path == "/api/v1/accounts/search" {
					asked = append(asked, r.URL.Query().Get("q"))
				}
				return nil
			})
			l.run(args...)
			if !slices.Equal(asked, []string{"@AliceB@photos.example"}) {
				t.Errorf("home was asked for %q", asked)
			}
		})
	}
}
