package backfill

// checkedDelivery delivers nothing before the account has been checked.
type checkedDelivery struct {
	Delivery
	check *recheck
}

func (d checkedDelivery) Missing(posts []KnownPost) ([]KnownPost, error) {
	missing, err := d.Delivery.Missing(posts)
	if !d.check.run.isForgottenByHome(err) {
		return missing, err
	}
	if err := d.check.run.findAgain(); err != nil {
		return nil, err
	}
	return d.Delivery.Missing(posts)
}

func (d checkedDelivery) Send(posts []KnownPost) error {
	if len(posts) == 0 {
		return nil
	}
	if err := d.check.check(); err != nil {
		return err
	}
	return d.Delivery.Send(posts)
}
