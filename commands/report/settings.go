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
	var lines strings.Builder
	rows := make([][2]string, 0, len(all))
	for _, v := range all {
		if asJSON {
			lines.WriteString(jsonLine(settingLine{Type: "setting", Key: v.Key, Value: jsonText(v.Value), From: jsonText(v.From)}))
			continue
		}
		rows = append(rows, [2]string{v.Key, s.inLocale(v.text())})
	}
	lines.WriteString(labelled(rows, "", terminalWidth(s.Stdout)))
	if _, err := io.WriteString(s.Stdout, lines.String()); err != nil {
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
