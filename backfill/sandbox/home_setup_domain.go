package sandbox

import "net/http"

// AddHandleDomain adds a server that has nothing of home but its well-known addresses,
// which lead to it: a domain such as people have in their handles.
func (h *Home) AddHandleDomain(domain string) {
	front := newHost(h.sandbox, domain)
	front.mux.HandleFunc("GET /.well-known/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, h.link(r.URL.Path, r.URL.Query()), http.StatusMovedPermanently)
	})
}
