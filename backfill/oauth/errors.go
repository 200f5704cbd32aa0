package oauth

import "errors"

var (
	// ErrState: an answer came back that does not belong to the request. Somebody
	// else may have sent the browser.
	ErrState = errors.New("the browser came back with an answer to another request")
	// ErrNoCode: the browser came back without a code.
	ErrNoCode = errors.New("the browser came back without a code")
)

// RefusedError: the person, or the server, has refused the authorization.
type RefusedError struct {
	// Message is the server's own, made fit to show.
	Message string
}

func (e *RefusedError) Error() string { return e.Message }
