package activitypub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
)

const (
	// factMemory is how long to remember what an origin has shown of itself and of an
	// account.
	factMemory = 7 * 24 * time.Hour
	// maxFact is the length of the longest fact that is kept, in bytes.
	maxFact = 16 << 10
)

// knownActor is an actor as it is remembered. It has what lists the account's posts
// and tells which of them may be imported, and no more.
type knownActor struct {
	Handle string `json:"handle"`
	URI    string `json:"uri"`
	URL    string `json:"url"`
	// OptOut is the hashtag by which the profile opts out; it stands for the whole
	// profile.
	OptOut    string `json:"opt_out,omitempty"`
	Indexable *bool  `json:"indexable,omitempty"`
	Group     bool   `json:"group,omitempty"`
	MovedTo   string `json:"moved_to,omitempty"`
	User      string `json:"user,omitempty"`
	Outbox    string `json:"outbox,omitempty"`
	Followers string `json:"followers,omitempty"`
	Port      int    `json:"port,omitempty"`

	// Detour names the listing that had the posts in place of the outbox.
	Detour     string           `json:"detour,omitempty"`
	Validators fetch.Validators `json:"validators,omitzero"`
	// Until is when all this has to be found out afresh.
	Until time.Time `json:"until"`
}

func (r *Reader) actorFact(a fediverse.Account) backfill.Fact {
	return backfill.NewFact(r.options.Memory, a.Handle.Domain, "actor", a.Handle)
}

// recallActor returns the actor of an account if it is remembered, and until when.
func (r *Reader) recallActor(ctx context.Context, a fediverse.Account) (found actor, until time.Time, err error) {
	if r.options.Memory == nil {
		return actor{}, until, nil
	}
	value, err := r.actorFact(a).Recall(ctx)
	if err != nil {
		return actor{}, until, fmt.Errorf("recalling the actor of %s: %w", a.Handle, err)
	}
	k, ok := backfill.ReadFact[knownActor](value, maxFact)
	if !ok {
		return actor{}, until, nil
	}
	found, ok = k.actor()
	if !ok || a.URI != "" && !sameURI(found.URI, a.URI) {
		return actor{}, until, nil
	}
	return found, k.Until, nil
}

// rememberActor keeps an actor until a time. Of an actor that shows little, or whose
// account is suspended, nothing is kept: each run has to look again.
func (r *Reader) rememberActor(ctx context.Context, a fediverse.Account, found actor, until time.Time) error {
	if r.options.Memory == nil {
		return nil
	}
	k := knownActor{
		Handle: found.Handle.String(), URI: found.URI, URL: found.URL,
		OptOut:    fediverse.OptOut(append([]string{found.Summary}, found.Fields...)...),
		Indexable: found.Indexable, Group: found.Group, MovedTo: found.MovedTo,
		User: found.user, Outbox: found.outbox, Followers: found.followers, Port: found.port,
		Detour: found.detour, Validators: found.validators, Until: until.UTC(),
	}
	value := backfill.FactText(k, maxFact)
	if _, ok := k.actor(); !ok || found.stripped || found.suspended {
		value = ""
	}
	if err := r.actorFact(a).Remember(ctx, value, until); err != nil {
		return fmt.Errorf("remembering the actor of %s: %w", a.Handle, err)
	}
	return nil
}

// forgetActor forgets the actor of an account if err says that it is not there as it
// was. It returns err.
func (r *Reader) forgetActor(ctx context.Context, a fediverse.Account, err error) error {
	var refused *backfill.OriginError
	if r.options.Memory == nil || !errors.As(err, &refused) {
		return err
	}
	if failed := r.actorFact(a).Remember(ctx, "", time.Time{}); failed != nil {
		return fmt.Errorf("forgetting the actor of %s: %w", a.Handle, failed)
	}
	return err
}

// actor is the actor that was remembered. ok is false if what was kept is damaged.
func (k knownActor) actor() (a actor, ok bool) {
	h, err := fediverse.ParseHandle(k.Handle)
	if err != nil || !isURI(k.URI) || !isURI(k.URL) || k.Port < 0 || k.Port > 65535 {
		return actor{}, false
	}
	for _, address := range []string{k.MovedTo, k.Outbox, k.Followers} {
		if address != "" && !isURI(address) {
			return actor{}, false
		}
	}
	if k.User != "" && !isID(k.User) {
		return actor{}, false
	}
	return actor{
		Actor: fediverse.Actor{
			URI: k.URI, Handle: h, URL: k.URL, Summary: k.OptOut, Indexable: k.Indexable, Group: k.Group, MovedTo: k.MovedTo,
		},
		user: k.User, outbox: k.Outbox, followers: k.Followers, port: k.Port, validators: k.Validators, detour: k.Detour,
	}, true
}
