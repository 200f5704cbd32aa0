package commands

import "strings"

// homeURL is the address of a server as settings write it.
func homeURL(server string) string {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	return strings.TrimSuffix(server, "/") + "/"
}

// userAgent is how requests introduce themselves. The home server answers for
// them, and whoever wants to complain finds its people at that address.
func userAgent(server string) string {
	url := homeURL(server)
	_, host, _ := strings.Cut(strings.TrimSuffix(url, "/"), "://")
	return "tootfill/" + version() + " (+" + url + "; " + host + ")"
}
