package backfill

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxHandleInput = 2048
	maxUser        = 255
	maxDomain      = 253
	maxLabel       = 63
)

// HandleError says why a text does not name an account.
type HandleError struct {
	// Input is what was given.
	Input string
	// Reason completes the sentence that begins with the input.
	Reason string
	// Hint says what to write instead.
	Hint string
}

func (e *HandleError) Error() string { return quote(e.Input) + " " + e.Reason }

// ParseHandle reads a handle the way people paste it: alice@x, @alice@x,
// acct:alice@x, https://x/@alice, https://x/users/alice and, as seen on another
// server, https://y/@alice@x. Case, surrounding space, the pages below a profile
// (/media, /with_replies, /following, /followers), the prefixes of Mastodon's web
// application (/web, /deck) and a missing https:// are no obstacle.
//
// The user part takes what Mastodon's mentions take (USERNAME_RE in
// app/models/account.rb) and, as other software has them, letters and digits of
// any script. The domain is turned into its ASCII form. A port is kept, as in
// alice@localhost:3000, but for 443, which is the one that is meant without.
//
// Errors are *HandleError.
func ParseHandle(s string) (Handle, error) {
	text := strings.TrimSpace(s)
	user, domain, err := splitHandle(text)
	if err != nil {
		return Handle{}, named(err, s)
	}
	if user, err = normalUser(user); err != nil {
		return Handle{}, named(err, s)
	}
	if domain, err = normalDomain(domain); err != nil {
		return Handle{}, named(err, s)
	}
	return Handle{User: user, Domain: domain}, nil
}

const handleHint = "write the account as user@domain, such as alice@photos.example"

// malformed is a HandleError that does not know its input yet.
func malformed(format string, args ...any) *HandleError {
	return &HandleError{Reason: fmt.Sprintf(format, args...), Hint: handleHint}
}

func named(err error, input string) error {
	e, ok := err.(*HandleError)
	if !ok {
		e = malformed("can not be read: %v", err)
	}
	e.Input = input
	return e
}

func splitHandle(text string) (user, domain string, err error) {
	switch {
	case text == "":
		return "", "", malformed("names no account")
	case len(text) > maxHandleInput:
		return "", "", malformed("is too long for a handle")
	case !utf8.ValidString(text):
		return "", "", malformed("is not valid UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", "", malformed("contains a control character")
	case strings.ContainsFunc(text, unicode.IsSpace):
		return "", "", malformed("contains a space")
	case strings.Contains(text, "/"):
		return splitProfileURL(text)
	}
	if len(text) > 5 && strings.EqualFold(text[:5], "acct:") {
		text = text[5:]
	}
	user, domain, found := strings.Cut(strings.TrimPrefix(text, "@"), "@")
	if !found {
		return "", "", localName(user)
	}
	return user, domain, nil
}

func localName(user string) error {
	name, err := normalUser(user)
	if err != nil {
		return err
	}
	return &HandleError{
		Reason: "is a local name: the server is missing",
		Hint:   fmt.Sprintf("write %s@ and the domain of the server on which the account lives, such as %s@photos.example", name, name),
	}
}

func splitProfileURL(text string) (user, domain string, err error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", malformed("is not a valid address")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.Host == "" {
		return "", "", malformed("is not the address of a profile")
	}
	host := u.Host
	if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	}
	name, page, ok := profileName(u.Path)
	if !ok {
		return "", "", malformed("is not the address of a profile")
	}
	user, domain, found := strings.Cut(name, "@")
	if !found {
		domain = host
	}
	if page {
		return "", "", pageOf(user, domain)
	}
	return user, domain, nil
}

// pageOf refuses the address of a post and names the account that it is below.
func pageOf(user, domain string) error {
	e := malformed("is the address of a page, not of an account")
	user, err := normalUser(user)
	if err != nil {
		return e
	}
	if domain, err = normalDomain(domain); err == nil {
		e.Hint = fmt.Sprintf("write the account as %s@%s", user, domain)
	}
	return e
}

// profileName finds the account in the path of a profile: the text after the @
// or after users/. page says that the path leads on, to a post or another page.
func profileName(path string) (name string, page, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 1 && (parts[0] == "web" || parts[0] == "deck") {
		parts = parts[1:]
	}
	switch {
	case strings.HasPrefix(parts[0], "@"):
		name, parts = parts[0][1:], parts[1:]
	case len(parts) > 1 && strings.EqualFold(parts[0], "users"):
		name, parts = parts[1], parts[2:]
	default:
		return "", false, false
	}
	if len(parts) == 1 && profilePage(parts[0]) {
		parts = nil
	}
	return name, len(parts) > 0, name != ""
}

// profilePage knows the pages of a profile: config/routes.rb of Mastodon.
func profilePage(part string) bool {
	switch part {
	case "media", "with_replies", "featured", "following", "followers":
		return true
	}
	return false
}

func normalUser(user string) (string, error) {
	if user == "" {
		return "", malformed("has no user name")
	}
	user = lowerUser(user)
	if len(user) > maxUser {
		return "", malformed("has a user name of more than %d bytes", maxUser)
	}
	for _, r := range user {
		if !nameRune(r) && r != '.' && r != '-' {
			return "", malformed("has the character %q in its user name", r)
		}
	}
	first, _ := utf8.DecodeRuneInString(user)
	last, _ := utf8.DecodeLastRuneInString(user)
	if !nameRune(first) || !nameRune(last) {
		return "", malformed("has a user name that begins or ends with a dot or a hyphen")
	}
	return user, nil
}

// nameRune says whether r may stand anywhere in a user name.
func nameRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// quote makes any text fit for a message: one line, not endless, harmless.
func quote(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
