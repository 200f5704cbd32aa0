package backfill

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
)

// Unwell reports whether an error is a server's own, whatever the question: the
// server did not answer, or not in time, or not properly, or with an error of its
// own. A server that names a time for the next try is well.
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

// unreached reports whether a server gave no answer at all.
func unreached(err error) bool {
	var away *UnavailableError
	var notNow *NotNowError
	return errors.As(err, &away) && !errors.As(err, &notNow)
}

// unseen reports whether the server has not even seen the question.
func unseen(err error) bool {
	var away *UnavailableError
	return unreached(err) && errors.As(err, &away) && away.Unsent
}

// isLate reports whether a server has used up all its time.
func isLate(err error) bool {
	var away *UnavailableError
	return errors.Is(err, ErrUncertain) || errors.As(err, &away) && away.Late
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
