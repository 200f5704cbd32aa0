package fediverse

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestParseHandle(t *testing.T) {
	long := strings.Repeat("a", 255)
	tests := []struct{ in, want string }{
		{"alice@photos.example", "alice@photos.example"},
		{"@alice@photos.example", "alice@photos.example"},
		{" \tAlice@Photos.EXAMPLE\n", "alice@photos.example"},
		{"acct:alice@photos.example", "alice@photos.example"},
		{"ACCT:@alice@photos.example", "alice@photos.example"},
		{"https://photos.example/@alice", "alice@photos.example"},
		{"HTTPS://Photos.Example/@Alice/", "alice@photos.example"},
		{"https://home.example/@alice@photos.example", "alice@photos.example"},
		{"https://home.example/@alice%40photos.example", "alice@photos.example"},
		{"https://home.example/deck/@alice@photos.example", "alice@photos.example"},
		{"https://photos.example/web/@alice", "alice@photos.example"},
		{"https://photos.example/users/alice", "alice@photos.example"},
		{"https://photos.example/@alice/with_replies?x=1#top", "alice@photos.example"},
		{"photos.example/@alice", "alice@photos.example"},
		{"http://photos.example:80/@alice", "alice@photos.example"},
		{"https://photos.example:443/@alice", "alice@photos.example"},
		{"https://photos.example:8443/@alice", "alice@photos.example:8443"},
		{"alice@photos.example:443", "alice@photos.example"},
		{"alice@localhost:03000", "alice@localhost:3000"},
		{"alice@localhost", "alice@localhost"},
		{"alice@photos.example.", "alice@photos.example"},
		{"alice@BÜCHER.example", "alice@xn--bcher-kva.example"},
		{"alice@XN--bcher-KVA.example", "alice@xn--bcher-kva.example"},
		{"https://bücher.example/@alice", "alice@xn--bcher-kva.example"},
		{"alice@例え.テスト", "alice@xn--r8jz45g.xn--zckzah"},
		{"alice@my_host.example", "alice@my_host.example"},
		{"a.l-i_c3@x.example", "a.l-i_c3@x.example"},
		{"_@x.example", "_@x.example"},
		{"news.example@news.example", "news.example@news.example"},
		{"Élodie@x.example", "élodie@x.example"},
		{"E\u0301lodie@bu\u0308cher.example", "élodie@xn--bcher-kva.example"},
		{"alice@ｘ．example", "alice@x.example"},
		{"alice@faß.example", "alice@xn--fa-hia.example"},
		{long + "@x.example", long + "@x.example"},
		{"\u200b@alice@photos.example\ufeff", "alice@photos.example"},
		{"\u2068@alice\u2069@\u200bphotos.example", "alice@photos.example"},
		{"\u2068@\u2066alice@photos.example\u2069\u2069", "alice@photos.example"},
		{"\u202aalice@photos.example\u202c\u00a0", "alice@photos.example"},
		{"\u200e acct:\u200falice@photos.example\u2060", "alice@photos.example"},
		{"\uff20alice\uff20photos.example", "alice@photos.example"},
		{"!cats@groups.example", "cats@groups.example"},
		{"https://groups.example/u/alice", "alice@groups.example"},
		{"https://groups.example/u/alice@photos.example", "alice@photos.example"},
		{"https://groups.example/u/@alice@photos.example", "alice@photos.example"},
		{"https://groups.example/c/cats", "cats@groups.example"},
		{"https://groups.example/c/cats@other.example", "cats@other.example"},
		{"https://groups.example/m/cats", "cats@groups.example"},
		{"https://books.example/user/alice/", "alice@books.example"},
		{"https://friends.example/profile/alice", "alice@friends.example"},
		{"https://friends.example/profile/alice/photos", "alice@friends.example"},
		{"https://hub.example/channel/alice", "alice@hub.example"},
		{"https://blog.example/author/alice/", "alice@blog.example"},
		{"https://tube.example/accounts/alice/videos", "alice@tube.example"},
		{"https://tube.example/a/alice@other.example/video-channels", "alice@other.example"},
		{"https://plume.example/~alice", "alice@plume.example"},
		{"https://plume.example/~/alice/", "alice@plume.example"},
		{"https://plume.example/@/alice/", "alice@plume.example"},
		{"https://cast.example/federation/user/alice", "alice@cast.example"},
		{"https://misskey.example/users/alice", "alice@misskey.example"},
		{"https://elk.zone/home.example/@alice@photos.example", "alice@photos.example"},
		{"https://elk.zone/home.example/@alice", "alice@home.example"},
		{"https://elk.zone/@alice@photos.example", "alice@photos.example"},
		{"https://client.example/some/app/@alice@photos.example", "alice@photos.example"},
		{"https://phanpy.social/#/home.example/@alice@photos.example", "alice@photos.example"},
		{"https://client.example/#!/@alice@photos.example", "alice@photos.example"},
	}
	for _, tt := range tests {
		h, err := ParseHandle(tt.in)
		if err != nil || h.String() != tt.want {
			t.Errorf("ParseHandle(%q) = %v, %v, want %s", tt.in, h, err, tt.want)
		}
	}
}

func TestParseHandleRefuses(t *testing.T) {
	tests := []struct{ in, reason, hint string }{
		{"alice", "local name", "alice@photos.example"},
		{"@Alice", "local name", "write alice@"},
		{"", "no account", "user@domain"},
		{"  ", "no account", ""},
		{"@", "no user name", ""},
		{"@@x.example", "no user name", ""},
		{"alice@", "no domain", ""},
		{"alice@photos", "without a dot", ""},
		{"alice@b@x.example", "no valid domain", ""},
		{"alice@x.example:0", "port", ""},
		{"alice@x.example:65536", "port", ""},
		{"alice@x.example:+1", "port", ""},
		{"alice@[::1]", "port", ""},
		{"alice@127.0.0.1", "number", ""},
		{"alice@x..example", "no valid domain", ""},
		{"alice@-x.example", "no valid domain", ""},
		{"alice@x%.example", "no valid domain", ""},
		{"alice@xn--a.example", "no valid domain", ""},
		{"alice@" + strings.Repeat("a", 64) + ".example", "no valid domain", ""},
		{"alice@" + strings.Repeat("a.", 130) + "example", "more than 253", ""},
		{strings.Repeat("a", 256) + "@x.example", "more than 255", ""},
		{strings.Repeat("a", 5000), "too long", ""},
		{"al ice@x.example", "space", ""},
		{"al\x1b[31mice@x.example", "control character", ""},
		{"al\x00ice@x.example", "control character", ""},
		{"al\u200bice@x.example", "character", ""},
		{"alice\xff@x.example", "UTF-8", ""},
		{".alice@x.example", "begins or ends", ""},
		{"-alice@x.example", "begins or ends", ""},
		{"alice-@x.example", "begins or ends", ""},
		{"..@x.example", "begins or ends", ""},
		{"al!ce@x.example", "'!'", ""},
		{"https://x.example/", "not the address of a profile", ""},
		{"https://x.example/about", "not the address of a profile", ""},
		{"https://x.example/@", "not the address of a profile", ""},
		{"https://x.example/users/", "not the address of a profile", ""},
		{"https://alice@x.example", "not the address of a profile", ""},
		{"ftp://x.example/@alice", "not the address of a profile", ""},
		{"https:///@alice", "not the address of a profile", ""},
		{"https://x.example/@alice/1234", "address of a page", "alice@x.example"},
		{"https://y.example/users/alice@x.example/statuses/1", "address of a page", "alice@x.example"},
		{"https://x.example/@a%0Ab", "character", ""},
		{"https://x.example/notes/9abcdef012", "address of a page", ""},
		{"https://x.example/ap/users/1/statuses/2", "address of a page", ""},
		{"https://x.example/p/alice/12", "address of a page", ""},
		{"https://x.example/users/alice/statuses/1", "address of a page", "alice@x.example"},
	}
	for _, tt := range tests {
		h, err := ParseHandle(tt.in)
		var bad *HandleError
		if !errors.As(err, &bad) {
			t.Errorf("ParseHandle(%q) = %v, %v, want a *HandleError", tt.in, h, err)
			continue
		}
		if !strings.Contains(bad.Reason, tt.reason) || !strings.Contains(bad.Hint, tt.hint) || bad.Hint == "" || bad.Input != tt.in {
			t.Errorf("ParseHandle(%q): %q, hint %q, want %q, %q", tt.in, bad.Reason, bad.Hint, tt.reason, tt.hint)
		}
		if msg := bad.Error() + bad.Hint; strings.ContainsFunc(msg, unicode.IsControl) || len(msg) > 1200 {
			t.Errorf("ParseHandle(%q): the message is not fit to be shown: %q", tt.in, msg)
		}
	}
}

// If the form of an address does not reveal the handle, home may know it.
func TestParseHandleLeavesAddressesToHome(t *testing.T) {
	for in, want := range map[string]string{
		"https://pixels.example/alice":                     "https://pixels.example/alice",
		" \u200bHTTPS://Pixels.example:443/Alice?x=1#top ": "https://pixels.example/Alice?x=1",
		"http://pixels.example/alice":                      "https://pixels.example/alice",
		"https://blog.example/":                            "https://blog.example/",
		"https://blog.example/?author=1":                   "https://blog.example/?author=1",
		"https://bücher.example/alice":                     "https://xn--bcher-kva.example/alice",
		"https://photos.example/ap/users/116003":           "https://photos.example/ap/users/116003",
		"https://photos.example/users/1":                   "https://photos.example/users/1",
		"https://misskey.example/users/9abcdef012":         "https://misskey.example/users/9abcdef012",
		"https://photos.example/web/accounts/17":           "https://photos.example/web/accounts/17",
		"https://forum.example/c/cats/17":                  "https://forum.example/c/cats/17",
		"https://bsky.brid.gy/ap/did:plc:abc":              "https://bsky.brid.gy/ap/did:plc:abc",
		// These are not addresses of profiles.
		"pixels.example/alice": "", "https://x.example/@alice/1234": "", "https://u:p@x.example/alice": "",
		"ftp://x.example/alice": "", "https://localhostx/alice": "", "https://127.0.0.1/alice": "", "alice": "", "https://x.example/@": "",
		"https://x.example/notice/17": "", "https://x.example/posts/17": "",
	} {
		_, err := ParseHandle(in)
		var bad *HandleError
		if !errors.As(err, &bad) || bad.Address != want {
			t.Errorf("ParseHandle(%q): %+v, want the address %q", in, err, want)
		}
	}
}

func FuzzParseHandle(f *testing.F) {
	for _, s := range []string{
		"alice@photos.example", "https://x.example/@alice@y.example", "acct:İ@bücher.example:3000",
		"https://elk.zone/h.example/@a@b.example", "https://x.example/#/@a@b.example", "!\u200bg@x.example", "\uff20a\uff20x.example",
		"alice", "https://x/users/alice/1", "a@例え。テスト", "ß@ß.example", "\xff@\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHandle(s)
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("the message for %q holds a control character", s)
			}
			return
		}
		again, err := ParseHandle(h.String())
		if err != nil || again != h {
			t.Errorf("%q gives %q, and that gives %q, %v", s, h, again, err)
		}
		if strings.ContainsAny(h.String(), " /?#%\\") || strings.Count(h.String(), "@") != 1 {
			t.Errorf("%q gives %q", s, h)
		}
	})
}
