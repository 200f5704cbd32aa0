package httpsig

import (
	"errors"
	"strings"

	"tootfill/backfill/cleantext"
)

// parseParams reads key="value" pairs separated by commas. A value of only digits
// and letters need not be quoted (app/lib/signature_parser.rb).
func parseParams(header string) (map[string]string, error) {
	if len(header) > maxHeader {
		return nil, refuse(ErrMalformed, "the Signature header is too long")
	}
	rest := strings.TrimPrefix(header, "Signature ")
	params := make(map[string]string)
	for {
		name, value, after, err := parseParam(strings.TrimLeft(rest, " \t"))
		if err != nil {
			return nil, refuse(ErrMalformed, "the Signature header: "+err.Error())
		}
		if _, twice := params[name]; twice {
			return nil, refuse(ErrMalformed, "the Signature header names "+cleantext.Shorten(name)+" twice")
		}
		params[name] = value
		rest = strings.TrimLeft(after, " \t")
		if rest == "" {
			return params, nil
		}
		if rest[0] != ',' {
			return nil, refuse(ErrMalformed, "the Signature header lacks a comma")
		}
		rest = rest[1:]
	}
}

func parseParam(text string) (name, value, rest string, err error) {
	name, rest, found := strings.Cut(text, "=")
	if !found || name == "" || strings.TrimFunc(name, isLetterOrDigit) != "" {
		return "", "", "", errors.New("a parameter has no name")
	}
	if !strings.HasPrefix(rest, `"`) {
		value = rest[:len(rest)-len(strings.TrimLeftFunc(rest, isLetterOrDigit))]
		return name, value, rest[len(value):], nil
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			return name, b.String(), rest[i+1:], nil
		case '\\':
			if i++; i == len(rest) {
				return "", "", "", errors.New("a value does not end")
			}
		}
		b.WriteByte(rest[i])
	}
	return "", "", "", errors.New("a value does not end")
}

func isLetterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
