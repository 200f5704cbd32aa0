package report

import (
	"fmt"
	"io"
	"strings"

	"tootfill/backfill/cleantext"
)

// Check is what came of looking at one part of the setup.
type Check struct {
	// Name is in lower case, with underscores.
	Name string
	OK   bool
	// Message says what was found, or what is wrong; empty if the part is not
	// configured.
	Message, Hint string
}

// checkLine is the JSON form of a check.
type checkLine struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// notConfigured is the message of a part that is not there, which is no error.
const notConfigured = "not configured"

// WriteCheck writes one line to standard output.
func (s Streams) WriteCheck(c Check, asJSON bool) error {
	text := wrap(s.inLocale(c.text())+"\n", terminalWidth(s.Stdout))
	if asJSON {
		message := c.Message
		if message == "" {
			message = notConfigured
		}
		text = jsonLine(checkLine{Type: "check", Name: c.Name, OK: c.OK, Message: jsonText(message), Hint: jsonText(c.Hint)})
	}
	if _, err := io.WriteString(s.Stdout, text); err != nil {
		return fmt.Errorf("writing what was checked: %w", err)
	}
	return nil
}

func (c Check) text() string {
	name, message := strings.ReplaceAll(c.Name, "_", " "), cleantext.Line(c.Message, maxField)
	switch {
	case !c.OK && c.Hint != "":
		return name + ": error: " + message + "; hint: " + cleantext.Line(c.Hint, maxField)
	case !c.OK:
		return name + ": error: " + message
	case message == "":
		return name + ": " + notConfigured
	}
	return name + ": ok: " + message
}
