// Package promtext reads Prometheus's text format more strictly than Prometheus does, for
// tests.
package promtext

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	headLine   = regexp.MustCompile(`^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)`)
)

// Read returns the samples of a text by their names with labels as they are written, such
// as up{job="x"}. Each metric has to be in one piece, with HELP and TYPE before its
// samples. By the convention of Prometheus only counters have names that end in _total.
func Read(text string) (map[string]float64, error) {
	r := reader{samples: make(map[string]float64)}
	if !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("the last line has no end")
	}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", i+1, err, line)
		}
	}
	return r.samples, r.ended()
}

type reader struct {
	samples map[string]float64
	// done are the metrics whose pieces are over; metric is the one that is read.
	done              []string
	metric            string
	hasType, hasValue bool
}

func (r *reader) line(line string) error {
	if strings.HasPrefix(line, "#") {
		return r.head(line)
	}
	return r.sample(line)
}

func (r *reader) head(line string) error {
	m := headLine.FindStringSubmatch(line)
	switch {
	case m == nil:
		return fmt.Errorf("neither HELP nor TYPE")
	case m[1] == "HELP":
		if err := r.ended(); err != nil {
			return err
		}
		if slices.Contains(r.done, m[2]) {
			return fmt.Errorf("the metric is in two pieces")
		}
		r.metric, r.hasType, r.hasValue = m[2], false, false
		r.done = append(r.done, m[2])
	case m[2] != r.metric || r.hasType || r.hasValue:
		return fmt.Errorf("TYPE does not follow HELP")
	case m[3] != "gauge" && m[3] != "counter":
		return fmt.Errorf("an unexpected type")
	case (m[3] == "counter") != strings.HasSuffix(m[2], "_total"):
		return fmt.Errorf("counters, and only these, end in _total")
	default:
		r.hasType = true
	}
	return nil
}

func (r *reader) sample(line string) error {
	m := sampleLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not a sample")
	}
	if m[1] != r.metric || !r.hasType {
		return fmt.Errorf("the sample lacks its HELP and TYPE")
	}
	var names []string
	for rest := m[3]; rest != ""; {
		pair := labelPair.FindStringSubmatch(rest)
		if pair == nil || slices.Contains(names, pair[1]) {
			return fmt.Errorf("wrong labels")
		}
		names = append(names, pair[1])
		rest = rest[len(pair[0]):]
		if pair[3] == "," && rest == "" {
			return fmt.Errorf("a comma at the end")
		}
	}
	value, err := strconv.ParseFloat(m[4], 64)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(line, " "+m[4])
	if _, twice := r.samples[name]; twice {
		return fmt.Errorf("the sample comes twice")
	}
	r.samples[name], r.hasValue = value, true
	return nil
}

// ended is the error of a metric that has no samples.
func (r *reader) ended() error {
	if r.metric != "" && !r.hasValue {
		return fmt.Errorf("%s has no sample", r.metric)
	}
	return nil
}
