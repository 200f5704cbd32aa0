package accountlist

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"
)

// readList reads a list; addresses that only home can resolve appear with a question
// mark.
func readList(t *testing.T, text, title string) (names string, bad []string) {
	t.Helper()
	f := &List{name: "f", r: strings.NewReader(text), Title: title,
		complain: func(b BadLine) { bad = append(bad, fmt.Sprintf("%d: %s", b.Line, b.Err)) }}
	var all []string
	for entry, err := range f.Entries {
		if err != nil {
			t.Error(err)
		}
		name := entry.String()
		if u, err := url.Parse(entry.Address); entry.Address != "" {
			if err != nil || strings.HasSuffix(entry.Address, "/nobody") {
				f.Refuse(entry, errors.New("home.example finds no account at "+entry.Address))
				continue
			}
			name = "?@" + u.Host + u.Path
		}
		all = append(all, name)
	}
	if refused := f.named - len(all); f.bad != len(bad)-refused {
		t.Errorf("%d bad lines, %d refused; complaints %q", f.bad, refused, bad)
	}
	return strings.Join(all, " "), bad
}

// inUTF16 is how spreadsheets write "Unicode text".
func inUTF16(text string, bigEndian, mark bool) string {
	if mark {
		text = "\ufeff" + text
	}
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		hi, lo := byte(u>>8), byte(u)
		if bigEndian {
			b.Write([]byte{hi, lo})
		} else {
			b.Write([]byte{lo, hi})
		}
	}
	return b.String()
}

const (
	ab             = "a@x.example b@x.example"
	mastodonExport = "Account address,Show boosts,Notify on new posts,Languages\na@x.example,true,false,\nb@x.example,true,false,\"de, en\"\n"
	lists          = "Friends,a@x.example\n\"Work, paid\",b@x.example\nFriends,c@x.example\nArt #1,d@x.example\n#tags,e@x.example\n"
	collected      = `{"@context":["https://www.w3.org/ns/activitystreams"],"id":"https://x.example/users/me/following","type":"OrderedCollection","totalItems":2,
"orderedItems":["https://x.example/users/a",
"https://x.example/users/b"]}`
)

func TestLists(t *testing.T) {
	tests := []struct {
		name, text, title, want string
		bad                     []string
	}{
		{name: "CR", text: "a@x.example\rb@x.example\r", want: ab},
		{name: "CR and LF mixed", text: "a@x.example\r\n\rbob\rb@x.example\n", want: ab, bad: []string{`3: "bob" is a local name`}},
		{name: "semicolons", text: strings.ReplaceAll(mastodonExport, ",", ";"), want: ab},
		{name: "what Excel is told of them", text: "sep=;\r\n" + strings.ReplaceAll(mastodonExport, ",", ";"), want: ab},
		{name: "and of tabs", text: "\ufeff\"sep=\t\"\r\n" + strings.ReplaceAll(mastodonExport, ",", "\t"), want: ab},
		{name: "tabs", text: strings.ReplaceAll(mastodonExport, ",", "\t"), want: ab},
		{name: "UTF-8 with a mark", text: "\ufeff" + mastodonExport, want: ab},
		{name: "UTF-16LE", text: inUTF16(strings.ReplaceAll(mastodonExport, ",", "\t"), false, true), want: ab},
		{name: "UTF-16BE", text: inUTF16(mastodonExport, true, true), want: ab},
		{name: "UTF-16LE without a mark", text: inUTF16(mastodonExport, false, false), want: ab},
		{name: "UTF-16BE without a mark", text: inUTF16("a@x.example\r\nb@x.example", true, false), want: ab},
		{name: "Latin-1 beside it", text: "Caf\xe9;a@x.example\nK\xf6ln;b@x.example\n", want: ab},
		{name: "lists.csv", text: lists, want: "a@x.example b@x.example c@x.example d@x.example"},
		{name: "one list", text: lists, title: "friends", want: "a@x.example c@x.example"},
		{name: "a list with a comma", text: lists, title: "Work, paid", want: "b@x.example"},
		{name: "a list with a hash", text: lists, title: "Art #1", want: "d@x.example"},
		{name: "a list that begins with one", text: lists, title: "#tags", want: "e@x.example"},
		{name: "a list that is not there", text: lists, title: "Enemies", bad: []string{`0: has no list "Enemies"`}},
		{name: "a list by its header", text: "Account address;List name\na@x.example;Friends\nb@x.example;Work\n", title: "Work", want: "b@x.example"},
		{name: "any header", text: "Name,Since,Fediverse handle\nAlice,2024,a@x.example\nBob,2023,@b@x.example\n", want: ab},
		{name: "a foreign header", text: "Kontoadresse;Boosts anzeigen\na@x.example;true\nb@x.example;false\n", want: ab},
		{name: "an e-mail address beside it", text: "E-mail address,Mastodon\na@mail.example,a@x.example\nb@mail.example,https://x.example/@b\n", want: ab},
		{name: "a header alone in its line", text: "handle\na@x.example\nb@x.example", want: ab},
		{name: "names beside profiles", text: "username,url\na,https://x.example/@a\nb,https://x.example/@b\n", want: ab},
		{name: "Misskey following", text: "a@x.example,withReplies=true\nb@x.example,withReplies=false\n", want: ab},
		{name: "Misskey lists", text: "Friends,a@x.example,withReplies=true\nWork,b@x.example\n", title: "Friends", want: "a@x.example"},
		{name: "Akkoma", text: "Account address,Hide notifications\na@x.example,true\nb@x.example,true", want: ab},
		{name: "several on a line", text: "a@x.example, @b@x.example; c@x.example d@x.example\n<e@x.example>|f@x.example\n",
			want: "a@x.example b@x.example c@x.example d@x.example e@x.example f@x.example"},
		{name: "a bad one among several", text: "a@x.example b@@ @b@x.example\n", want: ab, bad: []string{`1: "b@@" has no valid domain`}},
		{name: "words around it", text: "Alice Smith <a@x.example>\n[Bob](https://x.example/@b)\n", want: "a@x.example", bad: []string{`2: "[Bob](https://x.example/@b)" is not`}},
		{name: "a website beside it", text: "a@x.example,https://alice.example\nb@x.example,https://bob.example/blog\n", want: ab},
		{name: "addresses for home", text: "https://x.example/a\nhttps://x.example/nobody\nhttps://x.example/b\n", want: "?@x.example/a ?@x.example/b",
			bad: []string{"2: home.example finds no account at https://x.example/nobody"}},
		{name: "bookmarks", text: "https://x.example/users/a/statuses/1\nhttps://x.example/notes/9abcdef012\n",
			bad: []string{`1: "https://x.example/users/a/statuses/1" is the address of a page`, `2: "https://x.example/notes/9abcdef012" is the address of a page`}},
		{name: "blocked domains", text: "#domain,#severity\nbad.example,suspend\n", bad: []string{`2: "bad.example" is a local name`}},
		{name: "a header and no more", text: "Account address,Show boosts\n", bad: []string{"0: names no account"}},
		{name: "comments and no more", text: "# a@x.example\n\n"},
		{name: "Pixelfed", text: `["https://x.example/users/a","https://x.example/@b"]`, want: ab},
		{name: "Pixelfed by its pages", text: ` ["https:\/\/x.example\/a"]`, want: "?@x.example/a"},
		{name: "a collection", text: collected, want: ab},
		{name: "antennas of Misskey", text: `[{"name":"x","keywords":[["cat"]],"userListAccts":["a@x.example","b@x.example"]}]`, want: ab},
		{name: "accounts of an API", text: "[{\"id\":\"1\",\"acct\":\"a@x.example\",\"url\":\"https://x.example/@a\"},\n{\"username\":\"b\",\"host\":\"x.example\"}]", want: ab},
		{name: "JSON Lines", text: "{\"type\":\"account\",\"account\":\"a@x.example\"}\n{\"account\":\"b@x.example\"}\n", want: ab},
		{name: "JSON in UTF-16", text: inUTF16(collected, false, true), want: ab},
		{name: "JSON with a bad one", text: "[\"a@x.example\",\n\n\"bob\",\"b@x.example\"]", want: ab, bad: []string{`3: "bob" is a local name`}},
		{name: "JSON that breaks off", text: `["a@x.example",`, bad: []string{"1: is not valid JSON"}},
		{name: "JSON without accounts", text: `{"posts":[{"id":7}]}`, bad: []string{"0: names no account"}},
		{name: "empty JSON", text: `[]`},
		{name: "deep JSON", text: strings.Repeat("[", 100) + `"a@x.example"` + strings.Repeat("]", 100), bad: []string{"0: names no account"}},
		{name: "JSON and a title", text: collected, title: "x", bad: []string{"0: has no titled lists"}},
		{name: "JSON without end", text: `["a@x.example"` + strings.Repeat(" ", maxJSON) + "]", bad: []string{"0: is JSON of more than 16 MiB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, bad := readList(t, tt.text, tt.title)
			if got != tt.want || len(bad) != len(tt.bad) {
				t.Fatalf("%q, bad %q; want %q, bad %q", got, bad, tt.want, tt.bad)
			}
			for i, b := range bad {
				if !strings.HasPrefix(b, tt.bad[i]) {
					t.Errorf("%q, want %q", b, tt.bad[i])
				}
			}
		})
	}
}

// Whatever is cut off or overwritten, a list is read to its end, and nothing in it
// harms a terminal.
func TestBrokenLists(t *testing.T) {
	for _, whole := range []string{mastodonExport, lists, collected, inUTF16(mastodonExport, true, true), "\"a;b\tc,@x@y.example|#\r", "[{\"acct\":\"a@x.example\"}]"} {
		for at := range len(whole) {
			for _, text := range []string{whole[:at], whole[at:], whole[:at] + "\x1b\x00\xff\"" + whole[at:]} {
				for _, title := range []string{"", "Friends"} {
					_, bad := readList(t, text, title)
					for _, b := range bad {
						if strings.ContainsAny(b, "\x00\x1b\n") {
							t.Errorf("%q: %q", text, b)
						}
					}
				}
			}
		}
	}
}
