package fault

import (
	"net/http"
	"strconv"
	"strings"
)

// DeepJSON answers with an array in an array, depth times.
func DeepJSON(contentType string, depth int) http.Handler {
	return Respond(http.StatusOK, contentType, strings.Repeat("[", depth)+strings.Repeat("]", depth))
}

// DeepObject answers with a page whose one entry is an object in an object,
// depth times.
func DeepObject(contentType string, depth int) http.Handler {
	body := `{"type":"OrderedCollectionPage","orderedItems":[` +
		strings.Repeat(`{"type":"Create","object":`, depth) + `{}` + strings.Repeat("}", depth) + `]}`
	return Respond(http.StatusOK, contentType, body)
}

// WideObject answers with a page of size bytes, whose entries are all the same
// small JSON value: what is small on the wire may be big in memory.
func WideObject(contentType, entry string, size int) http.Handler {
	const head, tail = `{"type":"OrderedCollectionPage","orderedItems":[`, `]}`
	count := max(1, (size-len(head)-len(tail))/(len(entry)+1))
	return Respond(http.StatusOK, contentType, head+strings.Repeat(entry+",", count-1)+entry+tail)
}

// ManyMembers answers with a page that has size bytes of unknown members.
func ManyMembers(contentType string, size int) http.Handler {
	var b strings.Builder
	b.WriteString(`{"type":"OrderedCollectionPage","orderedItems":[]`)
	for i := 0; b.Len() < size-16; i++ {
		b.WriteString(`,"` + strconv.Itoa(i) + `":0`)
	}
	return Respond(http.StatusOK, contentType, b.String()+"}")
}
