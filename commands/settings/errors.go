package settings

import (
	"errors"
	"fmt"
	"io/fs"

	"tootfill/backfill"
)

// Error means that a setting is wrong; nothing was done.
type Error struct {
	Message string
	Hint    backfill.Hint
	err     error
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.err }

// wrongf is the error of a setting. The hint is in words, and may be empty.
func wrongf(hint, format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Hint: backfill.Say(hint)}
}

// lacking is the error of something that is not set, with advice on how to set it.
func lacking(hint backfill.HintKind, message string) error {
	return &Error{Message: message, Hint: backfill.Hint{Kind: hint}}
}

// unreadableFile turns an error about a file that does not exist, is a folder, or
// may not be read into an *Error. It returns other errors unchanged.
func unreadableFile(err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return err
	}
	return &Error{Message: err.Error(), err: err}
}

// TokenError means that there is no usable access token.
type TokenError struct {
	Message string
	Hint    backfill.Hint
	// None says that no token was given for Server; otherwise one was, but it is
	// unusable.
	None   bool
	Server string
	err    error
}

func (e *TokenError) Error() string { return e.Message }

func (e *TokenError) Unwrap() error { return e.err }

// tokenErrorf is the error of a token. The hint is in words, and may be empty.
func tokenErrorf(hint, format string, args ...any) error {
	return tokenHintedf(backfill.Say(hint), format, args...)
}

func tokenHintedf(hint backfill.Hint, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &TokenError{Message: err.Error(), Hint: hint, err: errors.Unwrap(err)}
}
