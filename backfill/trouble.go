package backfill

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// Unwell says that an error is a server's own, whatever was asked of it: it did
// not answer, not in time, not properly, or with an error of its own. A server
// that names a time at which it wants to be asked again is well.
func Unwell(err error) bool {
	var answer *AnswerError
	switch {
	case err == nil:
		return false
	case errors.As(err, &answer):
		return answer.Status >= http.StatusInternalServerError || answer.Status == http.StatusRequestTimeout ||
			answer.Foreign && answer.Status/100 == 2
	}
	return unreached(err) || errors.Is(err, ErrUncertain)
}

// unreached says that a server gave no answer at all.
func unreached(err error) bool {
	var away *UnavailableError
	var notNow *NotNowError
	return errors.As(err, &away) && !errors.As(err, &notNow)
}

// unseen says besides that the server has not seen the question.
func unseen(err error) bool {
	var away *UnavailableError
	return unreached(err) && errors.As(err, &away) && away.Unsent
}

// isLate says that a server was given all the time that it may have.
func isLate(err error) bool {
	var away *UnavailableError
	return errors.Is(err, ErrUncertain) || errors.As(err, &away) && away.Late
}

// isLasting says that no waiting helps: the server has no certificate that can be
// trusted, or, before it has ever been found, there is none of its name, or it
// has pages and no API.
func (p *Patience) isLasting(err error) bool {
	var lookup *net.DNSError
	var answer *AnswerError
	switch {
	case untrusted(err):
		return true
	case p.met.Load():
		return false
	case errors.As(err, &answer):
		return answer.Status/100 == 2
	}
	return errors.As(err, &lookup) && lookup.IsNotFound
}

func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &plain)
}

// answerIn is what an error says of a server, without what was asked of it.
func answerIn(err error) string {
	var answer *AnswerError
	if errors.As(err, &answer) {
		return answer.Error()
	}
	return reasonOf(err)
}

// hintIn is the advice that comes with an error.
func hintIn(err error) Hint {
	var hinted *Hinted
	if errors.As(err, &hinted) {
		return hinted.Hint
	}
	return Hint{}
}

// EndsRun says whether an error is about the home server or the ledger as a
// whole, so that no other post or account can fare better.
func EndsRun(err error) bool {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	var answer *AnswerError
	var origin *OriginError
	var paused *PausedError
	var limited *LimitedError
	var busy *BusyError
	var outage *OutageError
	switch {
	case err == nil:
		return false
	case errors.As(err, &unauthorized), errors.As(err, &outage), untrusted(err):
		return true
	case errors.As(err, &unavailable), errors.As(err, &answer), errors.As(err, &origin), errors.As(err, &paused),
		errors.As(err, &limited), errors.As(err, &busy),
		errors.Is(err, ErrNoAccount), errors.Is(err, ErrRefused), errors.Is(err, ErrUncertain),
		errors.Is(err, ErrHopeless), errors.Is(err, context.Canceled):
		return false
	}
	return true
}
