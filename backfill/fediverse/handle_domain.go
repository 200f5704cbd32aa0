package fediverse

import (
	"net"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// normalDomain turns a domain, with or without a port, into its one form, so that
// equal domains are equal texts.
func normalDomain(domain string) (string, error) {
	host, port, err := splitPort(domain)
	if err != nil {
		return "", err
	}
	host, err = asciiDomain(host)
	if err != nil {
		return "", err
	}
	if port == "" || port == "443" {
		return host, nil
	}
	return net.JoinHostPort(host, port), nil
}

func splitPort(domain string) (host, port string, err error) {
	host, port, found := strings.Cut(domain, ":")
	if !found {
		return domain, "", nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", "", malformed("has no valid port after its domain")
	}
	return host, strconv.FormatUint(n, 10), nil
}

// asciiDomain encodes a domain and checks it.
func asciiDomain(host string) (string, error) {
	ascii, err := hostProfile().ToASCII(host)
	if err != nil {
		return "", malformed("has no valid domain")
	}
	ascii = strings.TrimSuffix(ascii, ".")
	switch {
	case ascii == "":
		return "", malformed("has no domain")
	case len(ascii) > maxDomain:
		return "", malformed("has a domain of more than %d characters", maxDomain)
	}
	labels := strings.Split(ascii, ".")
	for _, l := range labels {
		if !validLabel(l) {
			return "", malformed("has no valid domain")
		}
	}
	if len(labels) == 1 && ascii != "localhost" {
		return "", malformed("has a domain without a dot")
	}
	if _, err := strconv.ParseUint(labels[len(labels)-1], 10, 64); err == nil {
		return "", malformed("has a number in place of a domain")
	}
	return ascii, nil
}

func validLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// lowerUser gives names that differ only in case, or in the way their accents
// are encoded, one spelling.
func lowerUser(user string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(user)))
}
