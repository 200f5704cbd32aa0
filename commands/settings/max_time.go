package settings

import (
	"fmt"
	"time"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/limit"
)

// leastMaxTime is the shortest time in which a run gets anywhere.
const leastMaxTime = 5 * time.Second

func (s *Settings) readMaxTime(p places) error {
	text := p.choose("limits.max_time")
	if !text.isSet() {
		return nil
	}
	d, err := limit.ParseSpan(text.value)
	if err == nil && d < leastMaxTime {
		err = fmt.Errorf("%s is too short for a run: write at least %s", cleantext.Quote(text.value), leastMaxTime)
	}
	if err != nil {
		return text.wrong("write it like 90s, 50m or 2h", "%v", err)
	}
	s.MaxTime = d
	return nil
}
