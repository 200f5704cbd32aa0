package activitypub

import "strings"

// linkOf finds the target of a relation in Link headers (RFC 8288, section 3).
func linkOf(headers []string, rel string) (target string, found bool) {
	for _, header := range headers {
		for rest := header; ; {
			start := strings.IndexByte(rest, '<')
			if start < 0 {
				break
			}
			end := strings.IndexByte(rest[start:], '>')
			if end < 0 {
				break
			}
			target = rest[start+1 : start+end]
			var params string
			params, rest = cutOutside(rest[start+end+1:], ',')
			if hasRelation(params, rel) {
				return target, true
			}
		}
	}
	return "", false
}

// cutOutside cuts at the first separator that is not within quotes.
func cutOutside(s string, separator byte) (before, after string) {
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

func hasRelation(params, rel string) bool {
	for params != "" {
		var param string
		param, params = cutOutside(params, ';')
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for one := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(one, rel) {
				return true
			}
		}
		return false // only the first rel counts
	}
	return false
}
