package httpheader

import "strings"

// Links returns the targets of a relation in Link headers (RFC 8288, section 3), as
// they are written. Targets and quoted texts may contain commas and semicolons, and
// a link may have several relations; tomnomnom/linkheader, which go-mastodon uses,
// splits at each comma and knows one relation per link.
func Links(headers []string, rel string) []string {
	var targets []string
	for _, rest := range headers {
		for {
			_, after, found := strings.Cut(rest, "<")
			if !found {
				break
			}
			target, params, found := strings.Cut(after, ">")
			if !found {
				break
			}
			params, rest = cutOutsideQuotes(params, ',')
			if hasRelation(params, rel) {
				targets = append(targets, target)
			}
		}
	}
	return targets
}

// cutOutsideQuotes cuts at the first separator that is not within quotes.
func cutOutsideQuotes(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// hasRelation reports whether the parameters of a link name a relation. Only the
// first rel counts (RFC 8288, section 3.3).
func hasRelation(params, rel string) bool {
	for params != "" {
		var param string
		param, params = cutOutsideQuotes(params, ';')
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for one := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(one, rel) {
				return true
			}
		}
		return false
	}
	return false
}
