package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func (o *Origin) routes() {
	m := o.mux
	m.HandleFunc("GET /.well-known/webfinger", o.keep(cachedFinger, o.webfinger))
	m.HandleFunc("GET /.well-known/host-meta", o.keep(always(caching{good: keptFor3Days}), o.hostMeta))
	m.HandleFunc("GET /robots.txt", o.robotsTXT)
	o.instanceRoutes()
	o.restRoutes()
	for _, base := range []string{"/users/{name}", "/ap/users/{name}"} {
		o.document("GET "+base, cachedDocument, o.actor)
		o.document("GET "+base+"/followers", cachedList, o.followers)
		o.document("GET "+base+"/following", cachedList, o.following)
		o.document("GET "+base+"/collections/featured", cachedList, o.featured)
		o.document("GET "+base+"/statuses/{id}", cachedDocument, o.status)
		o.document("GET "+base+"/statuses/{id}/activity", cachedDocument, o.statusActivity)
		o.document("GET "+base+"/statuses/{id}/replies", cachedReplies, o.statusReplies)
		o.document("GET "+base+"/outbox", cachedList, o.outbox)
	}
	m.HandleFunc("GET /{profile}", o.profilePage)
	m.HandleFunc("GET /{profile}/{id}", o.statusPage)
}

// document adds a route of an ActivityPub document. Caches may keep pages of an
// outbox for a shorter time than other documents, and shared caches may not keep
// what depends on a signature.
func (o *Origin) document(pattern string, c caching, f documentFunc) {
	o.apiKept(pattern, func(r *http.Request) caching {
		c := c
		outbox := strings.HasSuffix(r.URL.Path, "/outbox")
		if outbox && truthy(r.URL.Query().Get("page")) {
			c = cachedPage
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.hidden {
			c.good = strings.Replace(c.good, "public", "private", 1)
			c.vary += ", Signature"
		}
		if o.hidden && outbox {
			c.vary = "Signature"
		}
		return c
	}, o.documents(f))
}

func (o *Origin) redirectToWebDomain(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://"+o.webDomain+r.URL.RequestURI(), http.StatusMovedPermanently)
}

// webfinger is well_known/webfinger_controller.rb.
func (o *Origin) webfinger(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Query().Get("resource")
	if resource == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a := o.resource(resource)
	if a == nil {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", "max-age=180, public")
		w.Header().Set("Vary", "Origin")
		w.WriteHeader(http.StatusNotFound)
		return
	}
	o.mu.Lock()
	gone, jrd := a.suspended, a.webfinger()
	o.mu.Unlock()
	if gone {
		w.WriteHeader(http.StatusGone)
		return
	}
	answer(w, http.StatusOK, "application/jrd+json; charset=utf-8", jrd)
}

// resource finds the account that a WebFinger query is about: acct:u@d with the
// handle domain or the web domain, or a URL of the account.
func (o *Origin) resource(resource string) *Account {
	if acct, ok := strings.CutPrefix(resource, "acct:"); ok || !strings.Contains(resource, "://") {
		user, domain, _ := strings.Cut(strings.TrimPrefix(acct, "@"), "@")
		if !strings.EqualFold(domain, o.handleDomain) && !strings.EqualFold(domain, o.webDomain) {
			return nil
		}
		return o.account(user)
	}
	u, err := url.Parse(resource)
	if err != nil || !strings.EqualFold(u.Host, o.webDomain) {
		return nil
	}
	name := u.Path[strings.LastIndex(u.Path, "/")+1:]
	return o.account(strings.TrimPrefix(name, "@"))
}

func (o *Origin) hostMeta(w http.ResponseWriter, _ *http.Request) {
	xrd := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n"+
		"  <Link rel=\"lrdd\" template=\"https://%s/.well-known/webfinger?resource={uri}\"/>\n</XRD>\n", o.webDomain)
	respond(http.StatusOK, "application/xrd+xml; charset=utf-8", xrd).ServeHTTP(w, nil)
}

func (o *Origin) robotsTXT(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	text := o.robots
	o.mu.Unlock()
	if text == "" {
		routeNotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=2419200, must-revalidate")
	respond(http.StatusOK, "text/plain", text).ServeHTTP(w, r)
}

// documentFunc makes an ActivityPub document of an account; origin.mu is held. If
// the document is nil, only the status counts.
type documentFunc func(a *Account, r *http.Request) (int, object)

// documents serves ActivityPub documents: signatures first, then the account,
// then the document.
func (o *Origin) documents(f documentFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		outbox := strings.HasSuffix(r.URL.Path, "/outbox")
		if !outbox && !acceptsJSON(r) {
			o.redirectToPage(w, r)
			return
		}
		if refusal := o.unsigned(r); refusal != "" {
			apiError(w, http.StatusUnauthorized, refusal)
			return
		}
		a := o.account(r.PathValue("name"))
		if a == nil {
			respondWithError(w, r, http.StatusNotFound)
			return
		}
		o.mu.Lock()
		status, doc := http.StatusGone, object(nil)
		if !a.suspended {
			status, doc = f(a, r)
		}
		o.mu.Unlock()
		if doc == nil {
			respondWithError(w, r, status)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/statuses/"+r.PathValue("id")) {
			w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="alternate"; type="application/activity+json"`, text(doc, "id")))
		}
		answer(w, status, typeActivity, withContext(doc))
	}
}

// unsigned says why a request may not read documents; empty if it may.
func (o *Origin) unsigned(r *http.Request) string {
	o.mu.Lock()
	hidden := o.hidden
	o.mu.Unlock()
	if !hidden {
		return ""
	}
	return o.refusal(r)
}

// redirectToPage sends browsers to the HTML page of an account or a post.
func (o *Origin) redirectToPage(w http.ResponseWriter, r *http.Request) {
	a := o.account(r.PathValue("name"))
	if a == nil {
		respondWithError(w, r, http.StatusNotFound)
		return
	}
	page := a.URL()
	if id := r.PathValue("id"); id != "" {
		page += "/" + id
	}
	http.Redirect(w, r, page, http.StatusFound)
}
