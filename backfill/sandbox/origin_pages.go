package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// profilePage is /@name: the actor for ActivityPub readers, HTML for others.
func (o *Origin) profilePage(w http.ResponseWriter, r *http.Request) {
	a := o.fromPage(w, r)
	if a == nil {
		return
	}
	if acceptsActivity(r) {
		r.SetPathValue("name", a.profile.Username)
		o.documents(o.actor)(w, r)
		return
	}
	o.html(w, a.profile.DisplayName, a.URI())
}

func (o *Origin) statusPage(w http.ResponseWriter, r *http.Request) {
	a := o.fromPage(w, r)
	if a == nil {
		return
	}
	o.mu.Lock()
	status, p := visible(a, r.PathValue("id"), true)
	o.mu.Unlock()
	switch {
	case p == nil:
		respondWithError(w, r, status)
	case acceptsActivity(r):
		r.SetPathValue("name", a.profile.Username)
		o.documents(o.status)(w, r)
	default:
		o.html(w, a.profile.DisplayName, p.uri)
	}
}

func (o *Origin) fromPage(w http.ResponseWriter, r *http.Request) *Account {
	name, ok := strings.CutPrefix(r.PathValue("profile"), "@")
	if !ok {
		routeNotFound(w, r)
		return nil
	}
	a := o.account(name)
	if a == nil {
		respondWithError(w, r, http.StatusNotFound)
	}
	return a
}

func acceptsActivity(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/activity+json") || strings.Contains(accept, "application/ld+json")
}

// html is a page that names its ActivityPub document.
func (o *Origin) html(w http.ResponseWriter, title, uri string) {
	w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="alternate"; type="application/activity+json"`, uri))
	page := fmt.Sprintf("<!DOCTYPE html>\n<html lang='en'>\n<head>\n<title>%s</title>\n<link href='%s' rel='alternate' type='application/activity+json'>\n</head>\n<body></body>\n</html>\n", title, uri)
	respond(http.StatusOK, "text/html; charset=utf-8", page).ServeHTTP(w, nil)
}
