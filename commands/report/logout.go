package report

import (
	"fmt"
	"io"
	"strings"
)

// Logout is a login that was removed.
type Logout struct {
	Server string
	// Revoked says that the server has revoked the token.
	Revoked bool
	// Profiles have lost it, the one that was logged out first; "" is the top of the
	// config file.
	Profiles []string
}

// logoutLine is the JSON form.
type logoutLine struct {
	Type     string   `json:"type"`
	Server   string   `json:"server"`
	Revoked  bool     `json:"revoked"`
	Profiles []string `json:"profiles"`
}

// Write writes what was removed, for people or as a line of JSON.
func (l Logout) Write(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeOut(w, jsonLine(logoutLine{Type: "logout", Server: jsonText(l.Server), Revoked: l.Revoked, Profiles: l.Profiles}))
	}
	text := "logged out of " + l.Server + "\n"
	if !l.Revoked {
		text = "forgot the login at " + l.Server + "\n"
	}
	if others := l.Profiles[1:]; len(others) > 0 {
		names := make([]string, 0, len(others))
		for _, name := range others {
			if name == "" {
				names = append(names, "the login without a profile")
			} else {
				names = append(names, "profile "+name)
			}
		}
		text += fmt.Sprintf("  had the same token and lost it: %s\n", strings.Join(names, ", "))
	}
	return writeOut(w, wrap(text, terminalWidth(w)))
}
