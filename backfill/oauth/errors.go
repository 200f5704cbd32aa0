package oauth

import "errors"

var (
	// ErrState: an answer came back that does not belong to the request. Somebody
	// else may have sent the browser.
	ErrState = errors.New("the browser came back with an answer to another request")
	// ErrNoCode: the browser came back without a code.
	ErrNoCode = errors.New("the browser came back without a code")
	// ErrToken: it came back with an access token in place of a code. Pleroma does
	// that if the browser has a token of the same application already
	// (o_auth_controller.ex, handle_existing_authorization). Such a token is not
	// taken: whoever could send the browser here could bring a token of their own, as
	// neither the client's secret nor PKCE stands between; it stays in the browser's
	// history; and it may have more scopes than were asked for.
	ErrToken = errors.New("the browser came back with an access token in place of a code")
)

// RefusedError: the person, or the server, has refused the authorization.
type RefusedError struct {
	// Message is the server's own, made fit to show.
	Message string
}

func (e *RefusedError) Error() string { return e.Message }
