package httpsig

import (
	"encoding/base64"
	"strings"
)

// The part of RFC 8941 (structured fields) that signatures use: dictionaries
// whose members are inner lists or items. Decimals are left out.

type kind int

const (
	integer kind = iota + 1
	quotedString
	token
	byteSequence
	boolean
)

// bareItem is a value. text is what it stands for: the content of a string, the
// bytes of a sequence, the digits of a number, 1 or 0.
type bareItem struct {
	kind kind
	text string
}

type param struct {
	key   string
	value bareItem
}

type params []param

func (ps params) get(key string) (bareItem, bool) {
	for _, p := range ps {
		if p.key == key {
			return p.value, true
		}
	}
	return bareItem{}, false
}

type item struct {
	bare   bareItem
	params params
}

type innerList struct {
	items  []item
	params params
}

// member is an entry of a dictionary: a list, or an item if list is nil.
type member struct {
	key  string
	list *innerList
	item bareItem
}

func (b bareItem) String() string {
	switch b.kind {
	case quotedString:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(b.text) + `"`
	case byteSequence:
		return ":" + base64.StdEncoding.EncodeToString([]byte(b.text)) + ":"
	case boolean:
		return "?" + b.text
	}
	return b.text
}

func (ps params) String() string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(";" + p.key)
		if p.value != (bareItem{boolean, "1"}) {
			b.WriteString("=" + p.value.String())
		}
	}
	return b.String()
}

func (i item) String() string { return i.bare.String() + i.params.String() }

func (l innerList) String() string {
	items := make([]string, len(l.items))
	for i, it := range l.items {
		items[i] = it.String()
	}
	return "(" + strings.Join(items, " ") + ")" + l.params.String()
}
