package sandbox

import (
	"strings"
	"time"
)

// knownAccount is an account as home's database stores it.
type knownAccount struct {
	ID          int64       `json:"id"`
	Username    string      `json:"username"`
	Domain      string      `json:"domain"` // empty for local ones
	URI         string      `json:"uri"`
	URL         string      `json:"url"`
	DisplayName string      `json:"display_name"`
	Note        string      `json:"note"`
	Fields      [][2]string `json:"fields,omitempty"`
	Locked      bool        `json:"locked,omitempty"`
	Indexable   bool        `json:"indexable"`
	Created     time.Time   `json:"created"`
	// Count is statuses_count: the origin's total when the profile was last
	// fetched, and one more for each post stored since.
	Count     int       `json:"count"`
	Followers int       `json:"followers"`
	MovedTo   string    `json:"moved_to,omitempty"`
	Refreshed time.Time `json:"refreshed"`
}

// status is a post as home's database stores it.
type status struct {
	ID         int64     `json:"id"`
	URI        string    `json:"uri"`
	URL        string    `json:"url"`
	Account    string    `json:"account"` // its URI
	CreatedAt  time.Time `json:"created_at"`
	EditedAt   time.Time `json:"edited_at,omitzero"`
	Visibility Audience  `json:"visibility"`
	Content    string    `json:"content"`
	InReplyTo  string    `json:"in_reply_to,omitempty"` // a URI
	BoostOf    string    `json:"boost_of,omitempty"`    // a URI
	Tags       []string  `json:"tags,omitempty"`
}

// follow is a row of follows, or of follow_requests while it is pending.
type follow struct {
	id      int64
	account string // its URI
	pending bool
	made    time.Time
}

// addLocal adds a local account. With mu held, or before home serves.
func (h *Home) addLocal(name, display string) *knownAccount {
	uri := h.link("/users/"+name, nil)
	a := &knownAccount{
		Username: name, URI: uri, URL: h.link("/@"+name, nil), DisplayName: display,
		Created: epoch(h.now()).AddDate(-3, 0, 0), Indexable: true,
	}
	h.addAccount(a)
	return a
}

// addAccount gives an account its id. With mu held.
func (h *Home) addAccount(a *knownAccount) {
	if a.ID == 0 {
		a.ID = snowflake(epoch(h.now()).AddDate(-3, 0, 0), a.URI)
	}
	for h.accountByID(a.ID) != nil {
		a.ID++
	}
	h.accounts = append(h.accounts, a)
	h.byURI[a.URI] = a
}

func (h *Home) accountByID(id int64) *knownAccount {
	for _, a := range h.accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// accountByHandle finds user@domain; local accounts have an empty domain.
func (h *Home) accountByHandle(user, domain string) *knownAccount {
	if strings.EqualFold(domain, HomeDomain) {
		domain = ""
	}
	for _, a := range h.accounts {
		if strings.EqualFold(a.Username, user) && strings.EqualFold(a.Domain, domain) {
			return a
		}
	}
	return nil
}

// store adds a status to what home holds; it must be new. With mu held.
func (h *Home) store(s *status) {
	list := h.held[s.Account]
	i := 0
	for {
		i = searchDescending(list, s.ID)
		if i == len(list) || list[i].ID != s.ID {
			break
		}
		s.ID++
	}
	list = append(list, nil)
	copy(list[i+1:], list[i:])
	list[i] = s
	h.held[s.Account] = list
	h.statuses[s.URI] = s
	if a := h.byURI[s.Account]; a != nil && s.Visibility != Mentioned {
		a.Count++
	}
}

// searchDescending finds the first status whose id is not above id.
func searchDescending(list []*status, id int64) int {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid].ID > id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// followOf returns your follow of an account. With mu held.
func (h *Home) followOf(uri string) (follow, bool) {
	for _, f := range h.follows {
		if f.account == uri {
			return f, true
		}
	}
	return follow{}, false
}

func (h *Home) isFollowed(uri string) bool {
	f, ok := h.followOf(uri)
	return ok && !f.pending
}

// followingCount counts those whom an account follows; only yours are known. With mu
// held.
func (h *Home) followingCount(a *knownAccount) (n int) {
	for _, f := range h.follows {
		if a == h.you && !f.pending {
			n++
		}
	}
	return n
}
