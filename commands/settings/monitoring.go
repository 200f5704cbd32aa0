package settings

import "net/url"

// readMonitoring reads whom to tell of runs. An address to ping is a secret, so no
// message quotes it.
func (s *Settings) readMonitoring(p places) error {
	s.MetricsFile = p.choose("metrics_file").value
	ping := p.choose("ping")
	if ping.value == "" {
		return nil
	}
	u, err := url.Parse(ping.value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" {
		return ping.wrong("write it like https://hc-ping.com/your-check", "not an http or https address")
	}
	s.Ping = u
	return nil
}

// hiddenURL is an address that shows only its server; all of it is hidden if it is none.
func hiddenURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return hidden
	}
	return u.Scheme + "://" + u.Host + "/" + hidden
}
