package report

import (
	"fmt"
	"io"
	"strings"

	"tootfill/backfill/cleantext"
)

// Setting is a setting with the place that its value comes from.
type Setting struct{ Key, Value, From string }

// settingLine is the JSON form of a setting.
type settingLine struct {
	Type  string `json:"type"`
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// WriteSettings writes settings to standard output.
func (s Streams) WriteSettings(all []Setting, asJSON bool) error {
	var b strings.Builder
	width := 0
	for _, v := range all {
		width = max(width, len(v.Key))
	}
	for _, v := range all {
		if asJSON {
			b.WriteString(jsonLine(settingLine{Type: "setting", Key: v.Key, Value: jsonText(v.Value), From: jsonText(v.From)}))
			continue
		}
		b.WriteString(s.inLocale(padRight(v.Key, width)+columnGap+v.text()) + "\n")
	}
	if _, err := io.WriteString(s.Stdout, b.String()); err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	return nil
}

// text is the value and its place.
func (v Setting) text() string {
	value, from := cleantext.Line(v.Value, maxField), cleantext.Line(v.From, maxField)
	switch {
	case value != "":
		return value + " (" + from + ")"
	case from == "default":
		return "not set"
	}
	return "(" + from + ")"
}
