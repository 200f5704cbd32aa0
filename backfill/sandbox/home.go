package sandbox

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"tootfill/backfill/home"
)

// Home is the home server: the Mastodon to be filled. Its only user is you, with
// the token [Token].
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
	lists    []list
	// followers are those who follow you, or ask to; oldest first.
	followers []follow
	lastID    int64
	tokens    map[string]*token
	apps      map[string]*app   // by client id
	codes     map[string]*grant // authorization codes
	refusing  bool              // you refuse authorizations
	// remembering says that your browser has a token of every application that asks.
	remembering bool

	// repliesFetched is when home last fetched the replies to a post, by its URI.
	repliesFetched map[string]time.Time
	// refreshes are the posts the replies to which are being fetched because somebody
	// has read their context.
	refreshes map[string]bool

	tombstones        map[string]bool
	blocks            map[string]home.Block // rules about domains
	allowed           map[string]bool       // domains; nil without limited federation
	suspendedAccounts map[string]bool       // URIs of suspended accounts
	blockedBy         map[string]bool       // URIs of accounts that block you
	endpoint          BackfillEndpoint
	imports           []Import
	asked             map[string]int
	journal           *os.File
	journalErr        error
	journaled         map[string]bool // URIs of accounts in the journal

	retention time.Duration

	sidekiqMu sync.Mutex // not held together with mu
	sidekiq   *Sidekiq
}

// Import is a post that home imported from its origin.
type Import struct {
	URI string
	At  time.Time
	// Via says what made home fetch it: search, thread (fetched with a post that
	// it answers or that answers it), backfill or sidekiq.
	Via string
}

func newHome(s *Sandbox) *Home {
	h := &Home{
		Host:              newHost(s, HomeDomain),
		queue:             newQueue(s.hold),
		byURI:             make(map[string]*knownAccount),
		statuses:          make(map[string]*status),
		held:              make(map[string][]*status),
		tokens:            make(map[string]*token),
		apps:              make(map[string]*app),
		codes:             make(map[string]*grant),
		repliesFetched:    make(map[string]time.Time),
		refreshes:         make(map[string]bool),
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
	h.publicAPI("GET /api/v1/accounts/{id}/followers", h.listFollowers)
	h.publicAPI("GET /api/v1/statuses/{id}/context", h.statusContext)
	h.api("GET /api/v1/lists", h.listLists)
	h.api("GET /api/v1/lists/{id}/accounts", h.listAccounts)
	h.api("GET /api/v1/follow_requests", h.followRequests)
	h.apiKept("GET /api/v1/instance/domain_blocks", always(caching{}), domainBlocks)
	h.api("GET /api/v2/search", h.search)
	h.mux.HandleFunc("/api/v1/accounts/{id}/backfill", h.keep(always(caching{vary: "Accept", good: neverKept}), h.backfill))
	h.mux.HandleFunc("GET /actor", h.keep(always(caching{vary: "Accept", good: "max-age=600, public"}), h.instanceActor))
}

// instanceActor serves the actor that signs home's requests.
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
