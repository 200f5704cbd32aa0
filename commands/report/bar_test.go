package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestBarFits(t *testing.T) {
	texts := []string{"120/345+  1.2/s  3m05s  gallery@photos.example", "120/345+  1.2/s  3m05s", "120/345+  3m05s", "120/345+"}
	tests := []struct {
		columns int
		ascii   bool
		want    string
	}{
		{80, false, "  34% |██████              |  120/345+  1.2/s  3m05s  gallery@photos.example"},
		{77, false, "  34% |██████              |  120/345+  1.2/s  3m05s"},
		{60, true, "  34% |======              |  120/345+  1.2/s  3m05s"},
		{40, false, "  34% |██      |  120/345+  3m05s"},
		{30, false, "  34% |█  |  120/345+  3m05s"},
		{25, false, "  34% |█  |  120/345+"},
		{20, false, ""},
	}
	for _, tt := range tests {
		s := newScreen(tt.columns)
		b := &bar{w: s, ascii: tt.ascii}
		b.draw(tt.columns, 120, 345, slices.Clone(texts), nil)
		if got := s.text(); got != tt.want || s.wrapped || s.strange != "" {
			t.Errorf("%d columns:\n%q, want\n%q (wrapped %v, strange %s)", tt.columns, got, tt.want, s.wrapped, s.strange)
		}
		b.finish()
		if got := s.text(); got != "" || s.column != 0 {
			t.Errorf("%d columns: %q is left", tt.columns, got)
		}
	}
}

// The library stops drawing once the count has reached the total; our total may
// grow.
func TestBarContinuesAfterAFullCount(t *testing.T) {
	s := newScreen(80)
	b := &bar{w: s}
	for _, step := range []struct {
		done, known int
		want        string
	}{
		{0, 0, "   0% |"}, {40, 40, "  99% |"}, {40, 80, "  49% |"}, {80, 80, "  99% |"}, {81, 160, "  50% |"},
	} {
		b.draw(80, step.done, step.known, []string{fmt.Sprint(step)}, nil)
		if got := s.text(); !strings.HasPrefix(got, step.want) || !strings.HasSuffix(got, fmt.Sprint(step)) {
			t.Errorf("%v: %q", step, got)
		}
	}
}

func TestBarResized(t *testing.T) {
	s := newScreen(80)
	b := &bar{w: s}
	b.draw(80, 1, 2, []string{"1/2"}, nil)
	s.columns = 40
	b.draw(40, 1, 2, []string{"1/2"}, nil)
	if got, want := s.text(), "  49% |███     |  1/2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.draw(10, 1, 2, []string{"1/2"}, nil)
	if got := s.text(); got != "" {
		t.Errorf("%q is left on a terminal that is too narrow", got)
	}
}
