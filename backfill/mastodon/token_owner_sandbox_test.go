package mastodon_test

import (
	"errors"
	"strings"
	"testing"

	"tootfill/backfill/mastodon"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/service"
)

// A token without one of the scopes is denied, and every spelling of all of them is
// good.
func TestTokenOwnerInTheSandbox(t *testing.T) {
	box, _, _ := connect(t, mastodon.Options{})
	o, err := mastodon.NewTokenOwners(mastodon.Options{Server: sandbox.HomeDomain, Dial: box.Network().DialContext, RootCAs: box.Network().RootCAs()})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	all := mastodon.NeededScopes(false)
	for _, scopes := range []string{"read", strings.Join(all, " "), "profile " + strings.Join(all, " ")} {
		box.Home().AddToken("good", scopes)
		if id, err := o.Owner(t.Context(), "good"); id == "" || err != nil {
			t.Errorf("%s: %q, %v", scopes, id, err)
		}
	}
	for _, missing := range all {
		box.Home().AddToken("narrow", "profile "+strings.ReplaceAll(strings.Join(all, " "), missing, ""))
		_, err := o.Owner(t.Context(), "narrow")
		var denied *service.DeniedError
		if !errors.As(err, &denied) || denied.Status != 403 || denied.Scope != missing {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	box.Home().RevokeToken("good")
	box.Home().AddAppToken("app", "read")
	for token, want := range map[string]string{
		"good": "The access token was revoked", "unknown": "The access token is invalid", "app": "This method requires an authenticated user",
	} {
		_, err := o.Owner(t.Context(), token)
		var denied *service.DeniedError
		if !errors.As(err, &denied) || denied.Status != 401 || denied.Message != want {
			t.Errorf("%s: %v", token, err)
		}
	}
}
