package settings

import "tootfill/backfill/service"

// readService reads where the service listens, and whom it believes. Whether others may
// reach that address is for the service to say.
func (s *Settings) readService(p places) (err error) {
	listen := p.choose("service.listen")
	if s.Listen, err = service.ParseAddress(listen.value, true); err != nil {
		return listen.wrong("", "%v", err)
	}
	s.TrustedProxies, err = p.choose("service.trusted_proxies").networks()
	return err
}
