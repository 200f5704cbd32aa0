package commands

import "strings"

// homeURL is the URL of a server as it is written in settings.
func homeURL(server string) string {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	return strings.TrimSuffix(server, "/") + "/"
}

// userAgent is how requests introduce themselves. The home server is responsible for
// them, so anyone who wants to complain finds its operators there.
func userAgent(server string) string {
	url := homeURL(server)
	_, host, _ := strings.Cut(strings.TrimSuffix(url, "/"), "://")
	return "tootfill/" + version() + " (+" + url + "; " + host + ")"
}
