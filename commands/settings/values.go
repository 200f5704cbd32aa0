package settings

import (
	"os"
	"regexp"
)

// Value is a setting as people see it: without secrets.
type Value struct {
	// Key is the name in the config file, after its table: limits.home. Settings that
	// the config file does not have are config and access_token.
	Key string
	// Text is the value as it stands in its place, and a path as it was resolved;
	// empty if there is none.
	Text string
	// From is where the value comes from: a flag, a variable, "FILE, line N",
	// "default", or another place in words.
	From string
}

// Values are all settings, in the order in which config.example.toml explains them.
func (s Settings) Values() []Value {
	var all []Value
	for _, k := range keys() {
		v, noted := s.noted[k.name]
		if !noted {
			v = s.places.choose(k.name)
		}
		if k.name == "server" && s.places.flags.Sandbox {
			v.value = s.Server
		}
		all = append(all, v.shown())
	}
	return all
}

// File is the config file that was read; empty if there is none.
func (s Settings) File() string { return s.places.file.path }

// hidden is shown in place of a secret.
const hidden = "********"

var (
	// urlPassword is a password in a URL: all up to the last @ of the host.
	urlPassword = regexp.MustCompile(`(://[^/\s:@]*:)[^/\s]*@`)
	// tokenLike is what may be a token in the middle of a command: those of Mastodon
	// have 43 characters.
	tokenLike = regexp.MustCompile(`[A-Za-z0-9_-]{32,}`)
)

func (s setting) shown() Value {
	v := Value{Key: s.name, Text: s.value, From: s.line}
	switch {
	case s.line == "" && s.from == "":
		v.From = "default"
	case s.line == "":
		v.From = s.from
	}
	switch {
	case v.Text == "":
	case s.secret:
		v.Text = hidden
	case s.name == "access_token_command":
		v.Text = tokenLike.ReplaceAllString(v.Text, hidden)
	case s.kind == aPlace:
		v.Text = shownPlace(v.Text)
	case s.name == "ping":
		v.Text = hiddenURL(v.Text)
	}
	v.Text = urlPassword.ReplaceAllString(v.Text, "${1}"+hidden+"@")
	return v
}

// shownPlace is the value of state without a password.
func shownPlace(text string) string {
	place, err := ParseLedgerPlace(text)
	if err != nil {
		return hidden // somewhere in it may be a password
	}
	return place.String()
}

// note keeps a setting whose value comes from elsewhere than its own places.
func (s *Settings) note(v setting) { s.noted[v.name] = v }

// noteFrom notes a value from another place.
func (s *Settings) noteFrom(name, value, from string) {
	k, _ := keyNamed(name)
	s.note(setting{key: k, value: value, from: from})
}

// noteConfig notes the config file that was found, and systemd's token.
func (s *Settings) noteConfig(p places) {
	if !p.choose("config").isSet() {
		s.noteFrom("config", p.file.path, "")
	}
	credential := credentialPath(p.getenv)
	if _, err := os.Stat(credential); credential != "" && err == nil && !p.choose("access_token").isSet() {
		s.noteFrom("access_token", hidden, credential)
	}
}

// noteInstallation notes what follows from home's own settings.
func (s *Settings) noteInstallation() {
	i := s.Installation
	switch {
	case i == nil:
		return
	case i.around:
		s.noteFrom("env_file", "", i.Path)
	case i.happened:
		s.noteFrom("env_file", i.Path, "the working folder")
	}
	if s.Server == "" {
		s.noteFrom("server", i.Host, i.Path)
	}
}

// noteSandbox notes that the sandbox replaces the settings about servers.
func (s *Settings) noteSandbox() {
	for _, name := range []string{"server", "access_token", "access_token_file", "access_token_command", "allow_private", "env_file"} {
		s.noteFrom(name, "", "--sandbox")
	}
	if s.places.flags.State == "" {
		s.noteFrom("state", "", "--sandbox")
	}
}
