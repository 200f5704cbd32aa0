package fediverse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tootfill/backfill/cleantext"
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
	// Address is set if the text is the https address of a page, and only home can
	// say whether it is an account's.
	Address string
}

func (e *HandleError) Error() string { return cleantext.Quote(e.Input) + " " + e.Reason }

// ParseHandle reads a handle the way people paste it: alice@x, @alice@x,
// !group@x, acct:alice@x, https://x/@alice, https://x/users/alice and the other
// addresses of profiles that say the name, and, as seen on another server or in a
// web client, https://y/@alice@x. Case, surrounding space and invisible marks, a
// wide @, the pages below a profile (/media, /with_replies, ...), the prefixes of
// Mastodon's web application (/web, /deck) and a missing https:// are no obstacle.
//
// The user part takes what Mastodon's mentions take (USERNAME_RE in
// app/models/account.rb) and, as other software has them, letters and digits of any
// script. The domain is turned into its ASCII form. A port is kept, as in
// alice@localhost:3000, except 443, which is the default.
//
// Errors are *HandleError.
func ParseHandle(s string) (Handle, error) {
	h, _, err := ParseSpelled(s)
	return h, err
}

// ParseSpelled is ParseHandle, and also returns the user part as it was written:
// some servers know Alice but not alice, or take them for two accounts.
func ParseSpelled(s string) (h Handle, spelling string, err error) {
	text := wideAts.Replace(trimMarks(s))
	spelling, domain, err := splitHandle(text)
	if err != nil {
		return Handle{}, "", named(err, s)
	}
	if h.User, err = normalUser(spelling); err != nil {
		return Handle{}, "", named(err, s)
	}
	if h.Domain, err = normalDomain(domain); err != nil {
		return Handle{}, "", named(err, s)
	}
	return h, spelling, nil
}

// wideAts are the signs that East Asian keyboards have for an @.
var wideAts = strings.NewReplacer("\uff20", "@", "\ufe6b", "@")

// trimMarks cuts spaces and the invisible marks (byte order marks, directions,
// joiners) that are copied along with a name.
func trimMarks(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

const handleHint = "write the account as user@domain, such as alice@photos.example"

// malformed is a HandleError that does not know its input yet.
func malformed(format string, args ...any) *HandleError {
	return &HandleError{Reason: fmt.Sprintf(format, args...), Hint: handleHint}
}

func named(err error, input string) error {
	e, ok := err.(*HandleError)
	if !ok {
		e = malformed("cannot be read: %v", err)
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
	text = trimMarks(text)
	if strings.HasPrefix(text, "@") || strings.HasPrefix(text, "!") { // Lemmy writes communities with !
		text = trimMarks(text[1:])
	}
	user, domain, found := strings.Cut(text, "@")
	if !found {
		return "", "", localName(user)
	}
	return trimMarks(user), domain, nil
}

func localName(user string) error {
	name, err := normalUser(user)
	if err != nil {
		return err
	}
	return &HandleError{
		Reason: "is a local name: the server is missing",
		Hint:   fmt.Sprintf("write %s@ and the domain of the server where the account lives, such as %s@photos.example", name, name),
	}
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

// nameRune reports whether r may stand anywhere in a user name.
func nameRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
