package limit

import "testing"

func TestParseRate(t *testing.T) {
	for in, want := range map[string]Rate{"auto": Auto, "unlimited": Unlimited, "2/s": PerSecond(2), "0.5/s": PerSecond(0.5)} {
		r, err := ParseRate(in)
		if err != nil || r != want || r.String() != in {
			t.Errorf("%q: %v, %v", in, r, err)
		}
	}
	for _, in := range []string{"", "2", "/s", "0/s", "-1/s", "NaN/s", "Inf/s", "1e999/s", "2/m", "Auto"} {
		if r, err := ParseRate(in); err == nil {
			t.Errorf("%q is %v", in, r)
		}
	}
}
