package settings

import (
	"fmt"
	"time"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/limit"
)

// leastMaxTime is the shortest time in which a run gets anywhere.
const leastMaxTime = 5 * time.Second

func readMaxTime(o Flags, file configFile, getenv func(string) string) (time.Duration, error) {
	for _, text := range []setting{
		{o.MaxTime, "--max-time"},
		{getenv("TOOTFILL_MAX_TIME"), "TOOTFILL_MAX_TIME"},
		{file.Limits.MaxTime, file.path + ": limits.max_time"},
	} {
		if text.Value == "" {
			continue
		}
		d, err := limit.ParseSpan(text.Value)
		if err == nil && d < leastMaxTime {
			err = fmt.Errorf("%s is too short for a run: write at least %s", cleantext.Quote(text.Value), leastMaxTime)
		}
		if err != nil {
			return 0, wrongf("write it like 90s, 50m or 2h", "%s: %v", text.From, err)
		}
		return d, nil
	}
	return 0, nil
}
