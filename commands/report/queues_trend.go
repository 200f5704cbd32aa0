package report

import (
	"strings"
)

// trendSamples is how many sizes of a queue are remembered, and shown where
// there is room.
const trendSamples = 20

// trends are the last sizes of each queue, the newest last.
type trends map[string][]int64

// note adds the sizes of a reading. It forgets queues that no longer exist.
func (t trends) note(queues []Queue) {
	here := make(map[string]bool, len(queues))
	for _, q := range queues {
		here[q.Name] = true
		sizes := append(t[q.Name], q.Size)
		t[q.Name] = sizes[max(0, len(sizes)-trendSamples):]
	}
	for name := range t {
		if !here[name] {
			delete(t, name)
		}
	}
}

// The steps of a trend, from an empty queue to its greatest size.
const (
	trendUTF8  = "▁▂▃▄▅▆▇█"
	trendASCII = "_.:-=+*#"
)

// calmSize is the least that the scale of a trend reaches: a job that comes and goes
// is no peak.
const calmSize = 8

// sparkline draws sizes as width characters, the newest at the right end. Its
// scale goes from 0 to the greatest size that is shown; only 0 is at the bottom.
func sparkline(sizes []int64, width int, utf8 bool) string {
	steps := []rune(trendASCII)
	if utf8 {
		steps = []rune(trendUTF8)
	}
	sizes = sizes[max(0, len(sizes)-width):]
	most := int64(calmSize)
	for _, n := range sizes {
		most = max(most, n)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", width-len(sizes)))
	for _, n := range sizes {
		step := 0
		if n > 0 {
			// In floating point, since sizes times steps may overflow an integer.
			step = max(1, int(float64(n)/float64(most)*float64(len(steps)-1)))
		}
		b.WriteRune(steps[step])
	}
	return b.String()
}
