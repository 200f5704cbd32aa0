package report

import (
	"fmt"
	"io"
)

// NewConfig is a config file that was just written.
type NewConfig struct {
	Path string
	// Server is the home server in it; empty if somebody still has to name it.
	Server string
	// Flags lead other commands to the file; they begin with a space.
	Flags string
}

// newConfigLine is the JSON form of a new config file.
type newConfigLine struct {
	Type   string `json:"type"`
	Path   string `json:"path"`
	Server string `json:"server"`
}

// WriteNewConfig says on standard output where the file is, and what comes next.
func (s Streams) WriteNewConfig(c NewConfig, asJSON bool) error {
	next := "name your server in it"
	if c.Server != "" {
		next = "get an access token with tootfill login" + c.Flags
	}
	line := fmt.Sprintf("Wrote %s: %s, then run tootfill config check%s", c.Path, next, c.Flags)
	text := wrap(s.inLocale(line)+"\n", terminalWidth(s.Stdout))
	if asJSON {
		text = jsonLine(newConfigLine{Type: "config", Path: jsonText(c.Path), Server: jsonText(c.Server)})
	}
	if _, err := io.WriteString(s.Stdout, text); err != nil {
		return fmt.Errorf("writing where the config file is: %w", err)
	}
	return nil
}
