package httpsig

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
)

// The pseudo-headers of draft-cavage-http-signatures-12, section 2.3.
const (
	requestTarget = "(request-target)"
	createdField  = "(created)"
	expiresField  = "(expires)"
)

// cavageFields are the fields of a GET that Mastodon signs (app/lib/request.rb).
const cavageFields = requestTarget + " host date"

// SignCavage signs the target, host and date of a request according to
// draft-cavage-http-signatures-12. It sets the headers Date and Signature, and
// removes any Signature-Input.
func (k Key) SignCavage(r *http.Request, now time.Time) error {
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	text := fmt.Sprintf("%s: %s %s\nhost: %s\ndate: %s",
		requestTarget, strings.ToLower(r.Method), targetOf(r), hostOf(r), r.Header.Get("Date"))
	signature, err := k.sign(text)
	if err != nil {
		return err
	}
	r.Header.Del("Signature-Input")
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="rsa-sha256",headers="%s",signature="%s"`,
		k.ID, cavageFields, base64.StdEncoding.EncodeToString(signature)))
	return nil
}

// targetOf returns path and query byte for byte as they are sent, or as they
// arrived.
func targetOf(r *http.Request) string {
	if r.RequestURI != "" {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

func hostOf(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// cavageSignature is a Signature header of the draft.
type cavageSignature struct {
	params    map[string]string
	algorithm string
	fields    []string
	signature []byte
}

func parseCavage(header string) (cavageSignature, error) {
	params, err := parseParams(header)
	if err != nil {
		return cavageSignature{}, err
	}
	s := cavageSignature{params: params, algorithm: "hs2019"}
	if a, ok := params["algorithm"]; ok {
		s.algorithm = a
	}
	fields, ok := params["headers"]
	switch {
	case ok:
	case s.algorithm == "hs2019":
		fields = createdField
	default:
		fields = "date"
	}
	s.fields = strings.Fields(strings.ToLower(fields))
	if params["keyId"] == "" || params["signature"] == "" {
		return cavageSignature{}, refuse(ErrMalformed, "keyId and signature are required")
	}
	if s.signature, err = base64.StdEncoding.DecodeString(params["signature"]); err != nil {
		return cavageSignature{}, refuse(ErrMalformed, "the signature is not base64")
	}
	return s, nil
}

func (s cavageSignature) keyID() string { return s.params["keyId"] }

// check checks everything but the signature itself, as Mastodon does
// (app/lib/signed_request.rb).
func (s cavageSignature) check(r *http.Request, now time.Time) error {
	if s.algorithm != "rsa-sha256" && s.algorithm != "hs2019" {
		return refuse(ErrMalformed, "unsupported algorithm "+cleantext.Shorten(s.algorithm))
	}
	created, err := s.created(r)
	if err != nil {
		return err
	}
	expires, err := unixTime(s.params["expires"])
	if err != nil {
		return err
	}
	if err := checkWindow(created, expires, now); err != nil {
		return err
	}
	switch {
	case !s.covers("date") && !s.covers(createdField):
		return refuse(ErrWeak, "neither date nor (created) is signed")
	case !s.covers(requestTarget) && !s.covers("digest"):
		return refuse(ErrWeak, "neither (request-target) nor digest is signed")
	case r.Method == http.MethodGet && !s.covers("host"):
		return refuse(ErrWeak, "the host of a GET request is not signed")
	}
	return nil
}

func (s cavageSignature) covers(field string) bool {
	for _, f := range s.fields {
		if f == field {
			return true
		}
	}
	return false
}

func (s cavageSignature) created(r *http.Request) (time.Time, error) {
	if s.algorithm == "hs2019" && s.params["created"] != "" {
		return unixTime(s.params["created"])
	}
	header := r.Header.Get("Date")
	if header == "" {
		return time.Time{}, nil
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return time.Time{}, refuse(ErrTime, "the Date header is no date")
	}
	return date, nil
}

// unixTime reads seconds since 1970; an empty text is the zero time.
func unixTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return time.Time{}, refuse(ErrTime, "a time is not in seconds since 1970")
	}
	return time.Unix(n, 0).UTC(), nil
}

// text is the text that was signed. Misskey signs only the path, without the query
// (ApRequestService.ts), and so did older versions of Mastodon
// (app/lib/signed_request.rb).
func (s cavageSignature) text(r *http.Request, withQuery bool) (string, error) {
	lines := make([]string, 0, len(s.fields))
	for _, field := range s.fields {
		value, err := s.value(r, field, withQuery)
		if err != nil {
			return "", err
		}
		lines = append(lines, field+": "+value)
	}
	return strings.Join(lines, "\n"), nil
}

func (s cavageSignature) value(r *http.Request, field string, withQuery bool) (string, error) {
	switch field {
	case requestTarget:
		target := targetOf(r)
		if !withQuery {
			target, _, _ = strings.Cut(target, "?")
		}
		return strings.ToLower(r.Method) + " " + target, nil
	case createdField, expiresField:
		value := s.params[strings.Trim(field, "()")]
		if s.algorithm != "hs2019" || value == "" {
			return "", refuse(ErrMalformed, field+" is signed but not allowed or not there")
		}
		return value, nil
	case "host":
		return hostOf(r), nil
	}
	values := r.Header.Values(field)
	if len(values) == 0 {
		return "", refuse(ErrWeak, "the signed header "+cleantext.Shorten(field)+" is missing")
	}
	return strings.Join(values, ", "), nil
}

func (s cavageSignature) verify(r *http.Request, key *rsa.PublicKey) error {
	for _, withQuery := range []bool{true, false} {
		text, err := s.text(r, withQuery)
		if err != nil {
			return err
		}
		if verifies(key, text, s.signature) {
			return nil
		}
	}
	return ErrInvalid
}
