package limit

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for _, c := range []struct {
		pace     Pace
		text     string
		requests int
		want     time.Duration
	}{
		{Pace{300, 5 * time.Minute}, "300 requests per 5 minutes", 40000, 40000 * time.Second},
		{Pace{1, time.Second}, "1 request per second", 90, 90 * time.Second},
		{Pace{0.5, time.Second}, "0.5 requests per second", 90, 180 * time.Second},
		{Pace{60, time.Minute}, "60 requests per minute", 60, time.Minute},
		{Pace{30, 90 * time.Second}, "30 requests per 90 seconds", 60, 3 * time.Minute},
	} {
		if got := c.pace.String(); got != c.text {
			t.Errorf("%+v: %q, want %q", c.pace, got, c.text)
		}
		if got := c.pace.Time(c.requests); got != c.want {
			t.Errorf("%v: %d requests take %v, want %v", c.pace, c.requests, got, c.want)
		}
	}
	if got := (Pace{1, 1000 * time.Hour}).Time(1 << 40); got <= 0 {
		t.Errorf("a very long time: %v", got)
	}
	if got := (Pace{}).Time(1000); got != 0 {
		t.Errorf("without a pace: %v", got)
	}
}
