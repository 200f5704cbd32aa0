package settings

import (
	"net/netip"
	"strings"
)

// readNetworks reads the private addresses that may be connected to.
func (s *Settings) readNetworks(p places) (err error) {
	if p.flags.Sandbox {
		return nil
	}
	s.AllowPrivate, err = p.choose("allow_private").networks()
	return err
}

// networks are the addresses and networks in a list.
func (from setting) networks() (all []netip.Prefix, err error) {
	for _, text := range from.list {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		network, err := parseNetwork(text)
		if err != nil {
			return nil, from.wrong("write it like 10.0.0.0/8, fd00::/8 or 192.168.1.7", "%q is neither an address nor a network", text)
		}
		all = append(all, network)
	}
	return all, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		network, err := netip.ParsePrefix(text)
		return network.Masked(), err
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}
