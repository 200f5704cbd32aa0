package activitypub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

const (
	// maxEntries is how many entries a page may have.
	maxEntries = 20000
	// maxNesting is how deep collections may be nested.
	maxNesting = 3
)

// collection is a collection or a page of one, as far as it was in one document.
type collection struct {
	// entries are the entries in the order of the origin.
	entries []entry
	// listed says that the document holds a list of entries, even an empty one.
	listed bool
	// isPage says that the document calls itself a page.
	isPage bool
	// stub says that a collection gives only its id, as GoToSocial's do for accounts
	// that hide their collections.
	stub bool
	// first and next are the addresses of further pages.
	first, next string
	// total is the number of entries that the origin claims to have; -1 if it
	// gives none.
	total int
	// validators are those of the document, and notModified says that it is the one
	// that was read before.
	validators  fetch.Validators
	notModified bool
}

func isCollectionType(t string) bool {
	return t == "Collection" || t == "OrderedCollection" || isPageType(t)
}

func isPageType(t string) bool { return t == "CollectionPage" || t == "OrderedCollectionPage" }

// parseCollection reads a collection or a page of the owner's outbox.
func parseCollection(body []byte, r reading) (collection, error) {
	n, err := loosejson.Parse(body)
	if err != nil {
		return collection{}, err
	}
	return readCollection(n, r, maxNesting)
}

func readCollection(n loosejson.Node, r reading, depth int) (collection, error) {
	c := collection{total: n.Count("totalItems"), next: n.Ref("next"), isPage: n.Is(isPageType)}
	if len(n.Types()) > 0 && !n.Is(isCollectionType) {
		return c, fmt.Errorf("the document is not a collection but %.100q", strings.Join(n.Types(), " "))
	}
	if depth == 0 {
		return c, errors.New("collections are nested too deeply")
	}
	if n.Has("@context") {
		r.context = n["@context"]
	}
	c.stub = !n.Has("totalItems") && !n.Has("first") && n.Has("id") && n.Is(isCollectionType)
	if len(c.next) > maxURI {
		return c, errors.New("the address of the next page is too long")
	}
	if err := c.readItems(n, r, depth); err != nil {
		return c, err
	}
	if len(c.entries) > 0 {
		return c, nil // the first page is this one (WordPress before 5.0)
	}
	return c, c.readFirst(n, r, depth)
}

// readFirst notes where the first page is, or reads it where it is part of the
// document (Mobilizon, Bridgy Fed).
func (c *collection) readFirst(n loosejson.Node, r reading, depth int) error {
	page := n.Object("first")
	if page == nil {
		c.first = n.Text("first")
		return nil
	}
	inner, err := readCollection(page, r, depth-1)
	if err != nil {
		return err
	}
	if !inner.listed && inner.next == "" && inner.first == "" {
		c.first = page.Text("id")
		return nil
	}
	inner.total = max(inner.total, c.total)
	*c = inner
	return nil
}

// readItems reads the entries, wherever the collection keeps them.
func (c *collection) readItems(n loosejson.Node, r reading, depth int) error {
	key := "orderedItems"
	if !n.Has(key) {
		key = "items"
	}
	raw, there := n[key]
	c.listed = there
	if o := loosejson.AsNode(raw); o != nil {
		if o.Is(isCollectionType) { // Owncast
			inner, err := readCollection(o, r, depth-1)
			c.entries = inner.entries
			return err
		}
		if len(o.Types()) == 0 && o.Has("data") { // Pixelfed of old
			raw = o["data"]
		}
	}
	return c.readList(raw, r)
}

// readList reads the entries one by one, so that a page full of nothing does
// not become many times as big in memory.
func (c *collection) readList(raw json.RawMessage, r reading) error {
	if len(raw) == 0 || raw[0] == 'n' {
		return nil
	}
	if raw[0] != '[' {
		c.entries = append(c.entries, readEntry(raw, r))
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("read the entries: %w", err)
	}
	for decoder.More() {
		var item json.RawMessage
		if err := decoder.Decode(&item); err != nil {
			return fmt.Errorf("read an entry: %w", err)
		}
		if len(c.entries) == maxEntries {
			return fmt.Errorf("more than %d entries on a page", maxEntries)
		}
		c.entries = append(c.entries, readEntry(item, r))
	}
	return nil
}
