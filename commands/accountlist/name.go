package accountlist

import (
	"errors"

	"tootfill/backfill/fediverse"
)

// Name is how people name an account: by its handle, or by an address whose owner
// only home knows.
type Name struct {
	fediverse.Handle
	// Spelling is the user part as it was written.
	Spelling string
	Address  string
}

func (n Name) String() string {
	if n.Address != "" {
		return n.Address
	}
	return n.Handle.String()
}

// ReadName reads one name. Its errors are *fediverse.HandleError.
func ReadName(text string) (Name, error) {
	h, spelling, err := fediverse.ParseSpelled(text)
	var bad *fediverse.HandleError
	if errors.As(err, &bad) && bad.Address != "" {
		return Name{Address: bad.Address}, nil
	}
	return Name{Handle: h, Spelling: spelling}, err
}
