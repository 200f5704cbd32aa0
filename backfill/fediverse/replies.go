package fediverse

// Replies is what an origin shows of the replies to a post.
type Replies struct {
	Answered Answered
	// Collection is the address at which they are listed, and Context that of the
	// whole conversation (FEP-7888); empty if the origin names none.
	Collection, Context string
}

// Answered says whether a post has replies, as far as its origin shows.
type Answered int

// Whether a post has replies.
const (
	// PerhapsAnswered: the origin does not show it.
	PerhapsAnswered Answered = iota
	IsAnswered
	NotAnswered
)
