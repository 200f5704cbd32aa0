package httpsig

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
)

// rsaAlgorithm is the one algorithm of RFC 9421 (section 3.3.2) that fits the
// keys of the fediverse.
const rsaAlgorithm = "rsa-v1_5-sha256"

// SignRFC9421 signs the method and target URI of a request, and the time,
// according to RFC 9421. It sets the headers Signature-Input and Signature.
func (k Key) SignRFC9421(r *http.Request, now time.Time) error {
	params := fmt.Sprintf(`("@method" "@target-uri");created=%d;keyid="%s";alg="%s"`, now.Unix(), k.ID, rsaAlgorithm)
	text := fmt.Sprintf("\"@method\": %s\n\"@target-uri\": %s\n\"@signature-params\": %s",
		r.Method, targetURI(r), params)
	signature, err := k.sign(text)
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", "sig1="+params)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(signature)+":")
	return nil
}

// targetURI is the whole address of a request, which is assumed to be https.
func targetURI(r *http.Request) string { return "https://" + hostOf(r) + targetOf(r) }

// messageSignature is a signature of RFC 9421.
type messageSignature struct {
	input     innerList
	signature []byte
}

// parseMessage reads the only signature of a request. Like Mastodon, it refuses
// several.
func parseMessage(input, signature []string) (messageSignature, error) {
	inputs, err := parseDictionary(strings.Join(input, ", "))
	if err != nil {
		return messageSignature{}, refuse(ErrMalformed, "the Signature-Input header: "+err.Error())
	}
	signatures, err := parseDictionary(strings.Join(signature, ", "))
	if err != nil {
		return messageSignature{}, refuse(ErrMalformed, "the Signature header: "+err.Error())
	}
	if len(inputs) != 1 || inputs[0].list == nil {
		return messageSignature{}, refuse(ErrMalformed, "there must be one Signature-Input, and it must be a list")
	}
	for _, s := range signatures {
		if s.key == inputs[0].key && s.list == nil && s.item.kind == byteSequence {
			return messageSignature{input: *inputs[0].list, signature: []byte(s.item.text)}, nil
		}
	}
	return messageSignature{}, refuse(ErrMalformed, "there is no signature of that label")
}

func (s messageSignature) keyID() string {
	v, _ := s.input.params.get("keyid")
	if v.kind != quotedString {
		return ""
	}
	return v.text
}

// check checks everything but the signature itself, as Mastodon does
// (app/lib/signed_request.rb).
func (s messageSignature) check(_ *http.Request, now time.Time) error {
	if v, named := s.input.params.get("alg"); named && v.text != rsaAlgorithm {
		return refuse(ErrMalformed, "unsupported algorithm "+cleantext.Shorten(v.text))
	}
	v, _ := s.input.params.get("created")
	if s.keyID() == "" || v.kind != integer {
		return refuse(ErrMalformed, "keyid and created are required")
	}
	created, err := unixTime(v.text)
	if err != nil {
		return err
	}
	e, _ := s.input.params.get("expires")
	expires, err := unixTime(e.text)
	if err != nil {
		return err
	}
	if err := checkWindow(created, expires, now); err != nil {
		return err
	}
	if !s.covers("@method") || !s.covers("@target-uri") {
		return refuse(ErrWeak, "@method and @target-uri must be signed")
	}
	return nil
}

func (s messageSignature) covers(component string) bool {
	return slices.ContainsFunc(s.input.items, func(i item) bool {
		return i.bare.kind == quotedString && i.bare.text == component && len(i.params) == 0
	})
}

// base is the signature base (RFC 9421, section 2.5).
func (s messageSignature) base(r *http.Request) (string, error) {
	var b strings.Builder
	seen := make(map[string]bool)
	for _, component := range s.input.items {
		name := component.String()
		if seen[name] {
			return "", refuse(ErrMalformed, "a component is signed twice")
		}
		seen[name] = true
		value, err := componentValue(r, component)
		if err != nil {
			return "", err
		}
		b.WriteString(name + ": " + value + "\n")
	}
	b.WriteString(`"@signature-params": ` + s.input.String())
	return b.String(), nil
}

// componentValue is the value of a component (RFC 9421, sections 2.1 and 2.2).
// Components with parameters are not supported.
func componentValue(r *http.Request, c item) (string, error) {
	if c.bare.kind != quotedString || len(c.params) > 0 {
		return "", refuse(ErrMalformed, "unsupported component "+cleantext.Shorten(c.String()))
	}
	path, query, _ := strings.Cut(targetOf(r), "?")
	switch name := c.bare.text; name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return targetURI(r), nil
	case "@authority":
		return strings.TrimSuffix(strings.ToLower(hostOf(r)), ":443"), nil
	case "@scheme":
		return "https", nil
	case "@request-target":
		return targetOf(r), nil
	case "@path":
		return path, nil
	case "@query":
		return "?" + query, nil
	default:
		return fieldValue(r, name)
	}
}

func fieldValue(r *http.Request, name string) (string, error) {
	if name == "" || name != strings.ToLower(name) || name[0] == '@' {
		return "", refuse(ErrMalformed, "unsupported component "+cleantext.Shorten(name))
	}
	values := slices.Clone(r.Header.Values(name))
	if name == "host" {
		values = []string{hostOf(r)}
	}
	if len(values) == 0 {
		return "", refuse(ErrWeak, "the signed header "+cleantext.Shorten(name)+" is missing")
	}
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
	}
	return strings.Join(values, ", "), nil
}

func (s messageSignature) verify(r *http.Request, key *rsa.PublicKey) error {
	base, err := s.base(r)
	if err != nil {
		return err
	}
	if !verifies(key, base, s.signature) {
		return ErrInvalid
	}
	return nil
}
