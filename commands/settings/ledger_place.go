package settings

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"tootfill/backfill"
	"tootfill/commands/shell"
)

// LedgerPlace is where a ledger is: in a folder, or in a PostgreSQL database. The zero
// value is nowhere.
type LedgerPlace struct {
	// Folder is that of a ledger in a file; empty otherwise.
	Folder string
	// From is the setting that says so, for messages; empty if nobody has said it.
	From string

	database databaseAddress
}

// addressLike is what nobody means as the name of a folder.
var addressLike = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://|^(?i:postgres|postgresql):`)

// ParseLedgerPlace reads the value of state: a folder, or an address of a database such
// as postgres://db.example/tootfill. Its errors do not repeat the value, which may hold a
// password.
func ParseLedgerPlace(text string) (LedgerPlace, error) {
	if !addressLike.MatchString(text) {
		return LedgerPlace{Folder: text}, nil
	}
	address, err := parseDatabaseAddress(text)
	return LedgerPlace{database: address}, err
}

// NamedLedgerPlace is the place that an argument names: name stands for the argument in
// messages. An argument must not hold a password: others on the machine can see it.
func NamedLedgerPlace(name, text string) (LedgerPlace, error) {
	place, err := ParseLedgerPlace(text)
	var unusable *addressError
	switch {
	case errors.As(err, &unusable):
		return LedgerPlace{}, &Error{Message: name + ": " + unusable.message, Hint: backfill.Say(unusable.hint)}
	case place.HasPassword():
		return LedgerPlace{}, &Error{
			Message: name + " holds a password, which others on this machine could see",
			Hint:    backfill.Say("put the password into ~/.pgpass or into PGPASSWORD"),
		}
	case place.IsNone():
		return LedgerPlace{}, &Error{Message: name + " must not be empty", Hint: backfill.Say("name a folder, or a database as postgres://HOST/DATABASE")}
	}
	place.From = name
	if place.Folder != "" {
		if place.Folder, err = filepath.Abs(place.Folder); err != nil {
			return LedgerPlace{}, fmt.Errorf("looking for %s: %w", text, err)
		}
	}
	return place, nil
}

// IsShowable reports whether the value of state holds no password, as far as it can be
// read.
func IsShowable(text string) bool {
	place, err := ParseLedgerPlace(text)
	return err == nil && !place.HasPassword()
}

// CheckState checks the flag that says where the ledger is. It comes before all else,
// since other messages may repeat the flag.
func (o Flags) CheckState() error {
	if o.State == "" {
		return nil
	}
	p := places{flags: o}
	_, err := p.ledgerPlace(p.choose("state"))
	return err
}

// IsNone reports whether it is nowhere.
func (p LedgerPlace) IsNone() bool { return p.Folder == "" && !p.InDatabase() }

// InDatabase reports whether it is in a PostgreSQL database.
func (p LedgerPlace) InDatabase() bool { return p.database.text != "" }

// Address is the address of the database as libpq reads it. It may hold a password, so
// only who opens the database gets it.
func (p LedgerPlace) Address() string { return p.database.text }

// HasPassword reports whether the address holds a password.
func (p LedgerPlace) HasPassword() bool { return p.database.secret }

// String is the place without a password.
func (p LedgerPlace) String() string {
	if p.InDatabase() {
		return p.database.String()
	}
	return p.Folder
}

// GoString keeps the password out of %#v.
func (p LedgerPlace) GoString() string { return p.String() }

// readState reads where the ledger is. The sandbox keeps one only where it is told to.
func (s *Settings) readState(p places) error {
	if p.flags.Sandbox {
		return s.readSandboxState(p)
	}
	state, err := p.state()
	s.note(state)
	if err == nil {
		s.Ledger, err = p.ledgerPlace(state)
	}
	return err
}

// readSandboxState reads where the sandbox keeps its ledger and itself: beside each
// other, or, where the ledger is in a database, the sandbox in a folder of its own.
func (s *Settings) readSandboxState(p places) (err error) {
	if p.flags.State == "" {
		return nil
	}
	if s.Ledger, err = p.ledgerPlace(p.choose("state")); err != nil {
		return err
	}
	s.SandboxDir = s.Ledger.Folder
	if s.Ledger.InDatabase() {
		dir, err := p.defaultStateDir()
		if err != nil {
			return err
		}
		s.SandboxDir = filepath.Join(dir.value, "sandbox")
	}
	return nil
}

// ledgerPlace is the place that a setting means.
func (p places) ledgerPlace(state setting) (LedgerPlace, error) {
	place, err := ParseLedgerPlace(state.value)
	var unusable *addressError
	switch {
	case errors.As(err, &unusable):
		return LedgerPlace{}, state.wrong(unusable.hint, "%s", unusable.message)
	case place.HasPassword() && state.from == state.flag:
		return LedgerPlace{}, &Error{
			Message: state.flag + " holds a password, which others on this machine could see",
			Hint:    backfill.Hint{Kind: backfill.PasswordElsewhere},
		}
	case place.HasPassword() && state.line != "" && p.file.isOpenToOthers(p.getenv):
		return LedgerPlace{}, state.wrong("chmod 600 "+shell.Word(p.file.path),
			"other users can read the password of the ledger's database in %s (mode %04o)", p.file.path, p.file.mode)
	}
	if state.isSet() {
		place.From = state.where()
	}
	return place, nil
}

// isOpenToOthers reports whether the file is no place for a secret. systemd protects
// its credentials by other means.
func (c configFile) isOpenToOthers(getenv func(string) string) bool {
	credentials := getenv("CREDENTIALS_DIRECTORY")
	return openToOthers(c.mode) && (credentials == "" || filepath.Dir(c.path) != filepath.Clean(credentials))
}

// state is the setting that says where the ledger is.
func (p places) state() (setting, error) {
	if s := p.choose("state"); s.isSet() {
		return s, nil
	}
	return p.defaultStateDir()
}

// defaultStateDir is the folder for what has to outlast a run.
func (p places) defaultStateDir() (setting, error) {
	k, _ := keyNamed("state")
	s := setting{key: k}
	// systemd separates the folders with colons if a unit names several.
	if dir, _, _ := strings.Cut(p.getenv("STATE_DIRECTORY"), ":"); dir != "" {
		s.value, s.from = dir, "STATE_DIRECTORY"
		return s, nil
	}
	dir := xdgDir(p.getenv, "XDG_STATE_HOME", filepath.Join(".local", "state"))
	if dir == "" {
		return s, lacking(backfill.NameFolder, "there is no place for the ledger: HOME is not set")
	}
	if filepath.IsAbs(p.getenv("XDG_STATE_HOME")) {
		s.from = "XDG_STATE_HOME"
	}
	s.value = filepath.Join(dir, "tootfill")
	return s, nil
}
