package httpsig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// scanner reads a structured field from left to right.
type scanner struct{ rest string }

var errEnds = errors.New("it ends too early")

func parseDictionary(text string) ([]member, error) {
	if len(text) > maxHeader {
		return nil, errors.New("it is too long")
	}
	s := &scanner{strings.Trim(text, " ")}
	var members []member
	for s.rest != "" {
		m, err := s.member()
		if err != nil {
			return nil, err
		}
		for _, other := range members {
			if other.key == m.key {
				return nil, fmt.Errorf("it names %s twice", m.key)
			}
		}
		members = append(members, m)
		s.skip(" \t")
		if s.rest == "" {
			break
		}
		if !s.accept(',') {
			return nil, errors.New("it lacks a comma")
		}
		if s.skip(" \t"); s.rest == "" {
			return nil, errEnds
		}
	}
	return members, nil
}

func (s *scanner) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

// accept reads one character if it comes next.
func (s *scanner) accept(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// run consumes the longest prefix of characters from a set.
func (s *scanner) run(in func(c byte) bool) string {
	n := 0
	for n < len(s.rest) && in(s.rest[n]) {
		n++
	}
	text := s.rest[:n]
	s.rest = s.rest[n:]
	return text
}

func (s *scanner) member() (member, error) {
	key, err := s.key()
	if err != nil {
		return member{}, err
	}
	m := member{key: key, item: bareItem{boolean, "1"}}
	if s.accept('=') {
		if strings.HasPrefix(s.rest, "(") {
			m.list, err = s.innerList()
			return m, err
		}
		if m.item, err = s.bareItem(); err != nil {
			return member{}, err
		}
	}
	_, err = s.params()
	return m, err
}

func (s *scanner) innerList() (*innerList, error) {
	s.accept('(')
	list := &innerList{}
	for {
		s.skip(" ")
		if s.accept(')') {
			break
		}
		bare, err := s.bareItem()
		if err != nil {
			return nil, err
		}
		ps, err := s.params()
		if err != nil {
			return nil, err
		}
		list.items = append(list.items, item{bare, ps})
		if s.rest == "" {
			return nil, errEnds
		}
		if s.rest[0] != ' ' && s.rest[0] != ')' {
			return nil, errors.New("a list lacks a space")
		}
	}
	var err error
	list.params, err = s.params()
	return list, err
}

func (s *scanner) params() (params, error) {
	var ps params
	for s.accept(';') {
		s.skip(" ")
		key, err := s.key()
		if err != nil {
			return nil, err
		}
		if _, twice := ps.get(key); twice {
			return nil, fmt.Errorf("it has the parameter %s twice", key)
		}
		value := bareItem{boolean, "1"}
		if s.accept('=') {
			if value, err = s.bareItem(); err != nil {
				return nil, err
			}
		}
		ps = append(ps, param{key, value})
	}
	return ps, nil
}

func (s *scanner) key() (string, error) {
	key := s.run(func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '*'
	})
	if key == "" || key[0] != '*' && (key[0] < 'a' || key[0] > 'z') {
		return "", errors.New("a key is missing")
	}
	return key, nil
}

func (s *scanner) bareItem() (bareItem, error) {
	if s.rest == "" {
		return bareItem{}, errEnds
	}
	switch c := s.rest[0]; {
	case c == '"':
		return s.quoted()
	case c == ':':
		return s.bytes()
	case c == '?':
		return s.boolean()
	case c == '-' || c >= '0' && c <= '9':
		return s.integer()
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '*':
		return bareItem{token, s.run(isTokenByte)}, nil
	}
	return bareItem{}, errors.New("a value is of no known kind")
}

func isTokenByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0
}

func (s *scanner) quoted() (bareItem, error) {
	s.accept('"')
	var b strings.Builder
	for s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch {
		case c == '"':
			return bareItem{quotedString, b.String()}, nil
		case c == '\\':
			if s.rest == "" || s.rest[0] != '"' && s.rest[0] != '\\' {
				return bareItem{}, errors.New("a string has a lone backslash")
			}
			c = s.rest[0]
			s.rest = s.rest[1:]
		case c < 0x20 || c > 0x7e:
			return bareItem{}, errors.New("a string is not printable ASCII")
		}
		b.WriteByte(c)
	}
	return bareItem{}, errEnds
}

func (s *scanner) bytes() (bareItem, error) {
	s.accept(':')
	text, rest, found := strings.Cut(s.rest, ":")
	if !found {
		return bareItem{}, errEnds
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return bareItem{}, errors.New("a byte sequence is not base64")
	}
	s.rest = rest
	return bareItem{byteSequence, string(decoded)}, nil
}

func (s *scanner) boolean() (bareItem, error) {
	s.accept('?')
	for _, v := range []string{"0", "1"} {
		if s.accept(v[0]) {
			return bareItem{boolean, v}, nil
		}
	}
	return bareItem{}, errors.New("a boolean is neither 0 nor 1")
}

// integer keeps the digits as they are, except where one number can be written
// in two ways: with a leading zero, or as minus zero.
func (s *scanner) integer() (bareItem, error) {
	minus := ""
	if s.accept('-') {
		minus = "-"
	}
	digits := s.run(func(c byte) bool { return c >= '0' && c <= '9' })
	if digits == "" || len(digits) > 15 || strings.HasPrefix(s.rest, ".") {
		return bareItem{}, errors.New("a number is not an integer")
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return bareItem{integer, "0"}, nil
	}
	return bareItem{integer, minus + digits}, nil
}
