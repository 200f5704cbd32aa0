package sandbox

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"tootfill/backfill/home"
)

// Home is the home server: a Mastodon that is to be filled. Its one user is
// you, whose token is [Token].
type Home struct {
	*Host
	client *http.Client
	queue  *queue

	mu       sync.Mutex
	you      *knownAccount
	accounts []*knownAccount
	byURI    map[string]*knownAccount
	statuses map[string]*status   // by URI
	held     map[string][]*status // by the account's URI; newest (highest id) first
	follows  []follow             // oldest first
	lastID   int64
	tokens   map[string]*token
	apps     map[string]*app   // by client id
	codes    map[string]*grant // authorization codes

	tombstones        map[string]bool
	blocks            map[string]home.Block // rules about domains
	allowed           map[string]bool       // domains; nil without limited federation
	suspendedAccounts map[string]bool       // accounts that are suspended, by URI
	blockedBy         map[string]bool       // URIs of accounts that block you
	endpoint          BackfillEndpoint
	imports           []Import
	asked             map[string]int
	journal           *os.File
	journalErr        error
	journaled         map[string]bool // URIs of accounts that the journal has

	retention time.Duration

	sidekiqMu sync.Mutex // not held together with mu
	sidekiq   *Sidekiq
}

// Import is a post that home took in from its origin, in the order in which
// that happened.
type Import struct {
	URI string
	At  time.Time
	// Via says what made home fetch it: search, thread (pulled in with a post
	// that it answers or that answers it), backfill or sidekiq.
	Via string
}

// knownAccount is an account as home's database has it.
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

// status is a post as home's database has it.
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
}

func newHome(s *Sandbox) *Home {
	h := &Home{
		Host:              newHost(s, HomeDomain),
		queue:             newQueue(),
		byURI:             make(map[string]*knownAccount),
		statuses:          make(map[string]*status),
		held:              make(map[string][]*status),
		tokens:            make(map[string]*token),
		apps:              make(map[string]*app),
		codes:             make(map[string]*grant),
		tombstones:        make(map[string]bool),
		blocks:            make(map[string]home.Block),
		suspendedAccounts: make(map[string]bool),
		blockedBy:         make(map[string]bool),
		asked:             make(map[string]int),
		journaled:         make(map[string]bool),
	}
	h.identify = h.callerOf
	h.limitedFederation = func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.allowed != nil
	}
	h.client = s.newClient(homeAddress, h.sign)
	h.you = h.addLocal("you", "You")
	h.tokens[Token] = &token{id: "1", user: true, scopes: strings.Fields(DemoScopes), app: demoApp()}
	h.routes()
	return h
}

func (h *Home) routes() {
	h.instanceRoutes()
	h.oauthRoutes()
	h.publicAPI("GET /api/v1/accounts/lookup", h.lookup)
	h.api("GET /api/v1/accounts/search", h.accountSearch)
	h.api("GET /api/v1/accounts/relationships", h.relationships)
	h.api("GET /api/v1/accounts/verify_credentials", h.verifyCredentials)
	h.publicAPI("GET /api/v1/accounts/{id}", h.showAccount)
	h.publicAPI("GET /api/v1/accounts/{id}/statuses", h.accountStatuses)
	h.publicAPI("GET /api/v1/accounts/{id}/following", h.following)
	h.publicAPI("GET /api/v1/accounts/{id}/followers", h.followers)
	h.api("GET /api/v1/lists", h.lists)
	h.api("GET /api/v1/follow_requests", h.followRequests)
	h.apiKept("GET /api/v1/instance/domain_blocks", always(caching{}), domainBlocks)
	h.api("GET /api/v2/search", h.search)
	h.mux.HandleFunc("/api/v1/accounts/{id}/backfill", h.keep(always(caching{vary: "Accept", good: neverKept}), h.backfill))
	h.mux.HandleFunc("GET /actor", h.keep(always(caching{vary: "Accept", good: "max-age=600, public"}), h.instanceActor))
}

// instanceActor is whose signature home's requests bear.
func (h *Home) instanceActor(w http.ResponseWriter, _ *http.Request) {
	key, err := h.sandbox.homeKey()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	uri := h.link("/actor", nil)
	answer(w, http.StatusOK, typeActivity, withContext(object{
		"id": uri, "type": "Application", "preferredUsername": HomeDomain,
		"inbox": uri + "/inbox", "outbox": uri + "/outbox", "url": h.link("/about/more", nil),
		"endpoints": object{"sharedInbox": h.link("/inbox", nil)}, "manuallyApprovesFollowers": true,
		"publicKey": object{"id": homeKeyID, "owner": uri, "publicKeyPem": string(key.public)},
	}))
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
