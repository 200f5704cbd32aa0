package settings

// readService reads where the service listens, and whom it believes.
func (s *Settings) readService(p places) (err error) {
	s.Listen = p.choose("service.listen").value
	s.TrustedProxies, err = p.choose("service.trusted_proxies").networks()
	return err
}
