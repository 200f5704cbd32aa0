package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tootfill/backfill"
)

// Login is where the config file keeps, or will keep, the login at one home.
type Login struct {
	// Profile is the profile; empty for the top of the config file.
	Profile string
	// Server is the server that the file names; empty if it names none.
	Server string
	// Config is the config file, which may not exist yet, and TokenFile the file of the
	// access token.
	Config, TokenFile string
	AllowPrivate      []netip.Prefix

	reader Reader
	// file is the config file, with the profile in use.
	file configFile
	// Overruled names what in the environment takes precedence over the file.
	Overruled []string
}

// Login finds where a login is kept.
func (r Reader) Login(o Flags) (Login, error) {
	profile, err := chooseProfile(o, r.Getenv)
	if err != nil {
		return Login{}, err
	}
	file, err := findConfig(o.Config, r.Getenv)
	path, failed := ConfigPath(o, r.Getenv)
	switch {
	case failed == nil && err == nil:
		file = file.orOwn(path)
	case errors.Is(err, os.ErrNotExist):
		file = configFile{path: path} // it will be made
	case err != nil:
		return Login{}, err
	case file.path == "":
		return Login{}, failed
	}
	l := Login{Config: file.path, reader: r, file: file}.of(profile.name)
	var s Settings
	if err := s.readNetworks(places{flags: o, getenv: r.Getenv, file: file}); err != nil {
		return Login{}, err
	}
	l.AllowPrivate = s.AllowPrivate
	if !profile.flag {
		for _, name := range []string{"TOOTFILL_SERVER", "TOOTFILL_ACCESS_TOKEN"} {
			if r.Getenv(name) != "" {
				l.Overruled = append(l.Overruled, name)
			}
		}
	}
	return l, nil
}

// orOwn is the person's own config file, which may not be there yet, in place of none
// and of one that is the machine's and for others to change.
func (c configFile) orOwn(path string) configFile {
	if c.path == path || c.path != "" && writable(c.path) == nil {
		return c
	}
	return configFile{path: path}
}

// of is the login of another profile in the same file.
func (l Login) of(profile string) Login {
	l.Profile, l.file.profile = profile, profile
	l.Server = l.says("server")
	l.TokenFile = places{getenv: l.reader.Getenv, file: l.file}.resolve(cmp.Or(l.says("access_token_file"), l.tokenName()))
	return l
}

// says is what the file says of the login.
func (l Login) says(name string) string {
	text, _, _ := l.file.find(name)
	return text
}

// tokenName is the file of the token beside the config file, unless that names
// another one.
func (l Login) tokenName() string {
	if l.Profile == "" {
		return "access_token"
	}
	return "access_token_" + l.Profile
}

// There checks that there is such a profile.
func (l Login) There() error {
	if l.Profile == "" || l.file.profiles[l.Profile] {
		return nil
	}
	return noProfile(l.file, l.Profile)
}

// Name is how to speak of the login.
func (l Login) Name() string {
	if l.Profile == "" {
		return l.Config
	}
	return "profile " + l.Profile
}

// Replaces says what a login at a server would replace; nothing if there is nothing.
func (l Login) Replaces(server string) []string {
	var replaced []string
	in := " in " + l.Config
	if l.Profile != "" {
		in = " of profile " + l.Profile + in
	}
	if l.Server != "" && !l.reader.SameServer(l.Server, server) {
		replaced = append(replaced, fmt.Sprintf("server = %q", l.Server)+in)
	}
	if l.says("access_token_command") != "" {
		replaced = append(replaced, "access_token_command"+in)
	}
	if _, err := os.Lstat(l.TokenFile); err == nil {
		replaced = append(replaced, "the access token in "+l.TokenFile)
	}
	return replaced
}

// Writable checks that the login can be kept, before anybody is asked for it.
func (l Login) Writable() error {
	err := os.MkdirAll(filepath.Dir(l.Config), 0o700)
	for _, path := range []string{l.Config, l.TokenFile} {
		if err == nil {
			err = writable(path)
		}
	}
	if err != nil {
		return &Error{Message: fmt.Sprintf("the login cannot be kept: %v", err), Hint: backfill.Say("name another config file with --config FILE"), err: err}
	}
	return nil
}

// Save keeps a login: the token and the application in files that nobody else can
// read, and their place in the config file, whose other lines and comments stay as
// they are.
func (l Login) Save(server string, app Application, token string) error {
	changes := []change{{"server", server}, {"access_token_file", cmp.Or(l.says("access_token_file"), l.tokenName())}}
	if l.says("access_token_command") != "" {
		changes = append(changes, change{key: "access_token_command"})
	}
	if l.Server != "" && l.reader.SameServer(l.Server, server) {
		changes = changes[1:]
	}
	text, err := l.edited(l.Profile, changes)
	if err != nil {
		return err
	}
	if err := replaceFile(l.TokenFile, token+"\n", secretMode); err != nil {
		return fmt.Errorf("keeping the access token: %w", err)
	}
	app.Server = server
	if err := app.write(applicationFile(l.TokenFile)); err != nil {
		return err
	}
	return l.writeConfig(text)
}

// edited is the text of the config file with changes to a profile.
func (l Login) edited(profile string, changes []change) (string, error) {
	before, err := os.ReadFile(l.Config)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", unreadableFile(fmt.Errorf("reading the config file: %w", err))
	}
	if err != nil {
		before = []byte(newConfig)
	}
	text, err := edit(string(before), tableOf(profile), changes)
	if err != nil {
		return "", wrongf("change these keys by hand: "+keysOf(changes), "%s: %v", l.Config, err)
	}
	return text, nil
}

const newConfig = "# Settings of tootfill, written by tootfill login. config.example.toml explains all keys.\n\n"

func keysOf(changes []change) string {
	var keys []string
	for _, c := range changes {
		if c.text == "" {
			keys = append(keys, "no "+c.key)
		} else {
			keys = append(keys, c.key+" = "+quoted(c.text))
		}
	}
	return strings.Join(keys, ", ")
}

func (l Login) writeConfig(text string) error {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(l.Config); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replaceFile(l.Config, text, mode); err != nil {
		return fmt.Errorf("writing the config file: %w", err)
	}
	return nil
}

// HasToken reports whether the config file names the file of a token.
func (l Login) HasToken() bool { return l.says("access_token_file") != "" }

// Kept is the application and the token of a login. Its errors are a *TokenError.
func (l Login) Kept() (Application, string, error) {
	if !l.HasToken() {
		message := fmt.Sprintf("%s has no access token of tootfill login", l.Name())
		return Application{}, "", &TokenError{Message: message, Hint: backfill.Say("a token that was made by other means can be revoked in the settings of the server")}
	}
	token, err := readToken(l.TokenFile, true)
	if errors.Is(err, os.ErrNotExist) {
		err = tokenHintedf(backfill.Hint{Kind: backfill.ForgetLogin}, "%w", err)
	}
	if err != nil {
		return Application{}, "", err
	}
	app, err := readApplication(applicationFile(l.TokenFile))
	if err != nil {
		return Application{}, "", err
	}
	return app, token, nil
}

// Previous is the application and the token of the login that a new one will replace;
// ok is false if there is none, or one that was made by other means.
func (l Login) Previous() (app Application, token string, ok bool) {
	token, err := readToken(l.TokenFile, false)
	if err == nil {
		app, err = readApplication(applicationFile(l.TokenFile))
	}
	return app, token, err == nil
}

// Sharing are the logins of the config file, this one included, that have the same
// token of the same server. Without a token they are those that have the same file.
func (l Login) Sharing(server, token string) []Login {
	shared := []Login{l}
	for _, name := range append([]string{""}, slices.Sorted(maps.Keys(l.file.profiles))...) {
		other := l.of(name)
		if name == l.Profile || other.says("access_token_file") == "" || !l.reader.SameServer(other.Server, server) {
			continue
		}
		kept, err := readToken(other.TokenFile, true)
		if other.TokenFile == l.TokenFile || token != "" && err == nil && kept == token {
			shared = append(shared, other)
		}
	}
	return shared
}

// Forget removes the token, the application, and the place of the token in the config
// file.
func (l Login) Forget() error {
	text, err := l.edited(l.Profile, []change{{key: "access_token_file"}})
	if err != nil {
		return err
	}
	if err := l.writeConfig(text); err != nil {
		return err
	}
	for _, path := range []string{l.TokenFile, applicationFile(l.TokenFile)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing the access token: %w", err)
		}
	}
	return nil
}
