package fediverse

import "testing"

func TestOptOut(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"<p>I take photos #nobot</p>", "#nobot"},
		{`<p>hi <a href="https://x.example/tags/NoBackfill" class="mention hashtag" rel="tag">#<span>NoBackfill</span></a></p>`, "#nobackfill"},
		{"<p>one</p><p>#noarchive</p>", "#noarchive"},
		{"line<br>#nobot<br>line", "#nobot"},
		{"#nobots are fun", ""},
		{"a#nobot", ""},
		{"https://x.example/#nobot", ""},
		{"see &#35;nobot", "#nobot"},
		{"#nobot_", ""},
		{"(#nobot)", "#nobot"},
		{"no bot", ""},
	} {
		if got := OptOut("nothing", c.text); got != c.want {
			t.Errorf("OptOut(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
