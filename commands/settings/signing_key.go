package settings

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"io"
	"os"
	"syscall"

	"tootfill/backfill/httpsig"
	"tootfill/backfill/rsakey"
	"tootfill/commands/shell"
)

// SigningKey is the key that signs requests to origins, as the config file names it;
// empty if it names none.
type SigningKey struct {
	// ID is the key's id, the URI of its public half; empty without a key.
	ID   string
	file string
	// line is where the config file names the file.
	line string
}

// readSigning reads the table [signing].
func (s *Settings) readSigning(p places) error {
	id, file := p.choose("signing.key_id"), p.choose("signing.private_key_file")
	if id.isSet() != file.isSet() {
		return wrongf("", "%s: signing.key_id and signing.private_key_file belong together", cmp.Or(id.line, file.line))
	}
	if id.isSet() {
		if err := httpsig.CheckID(id.value); err != nil {
			return id.wrong("write it like https://home.example/actor#main-key, or for GoToSocial like https://home.example/users/home.example/main-key", "%v", err)
		}
	}
	s.Signing = SigningKey{ID: id.value, file: file.value, line: file.line}
	return nil
}

// File is the path of the key; empty without one.
func (s SigningKey) File() string { return s.file }

// keySize bounds how much of a key file is read, in bytes; a key of 4096 bits has
// about 3,200.
const keySize = 64 << 10

// Read reads the key from its file, which nobody else may read.
func (s SigningKey) Read() (*rsa.PrivateKey, error) {
	f, err := os.OpenFile(s.file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // as with a token
	if err != nil {
		return nil, unreadableFile(ledFrom(s.line, fmt.Errorf("reading the signing key: %w", err)))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadableFile(fmt.Errorf("reading the signing key: %w", err))
	}
	if mode := info.Mode().Perm(); openToOthers(mode) {
		return nil, wrongf("chmod 600 "+shell.Word(s.file), "other users can read the signing key in %s (mode %04o)", s.file, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, keySize))
	if err != nil {
		return nil, unreadableFile(fmt.Errorf("reading the signing key: %w", err))
	}
	key, err := rsakey.ParseFile(text)
	if err != nil {
		return nil, wrongf("it must be an RSA key in PEM (openssl rsa -in KEY -out KEY.pem makes one), or the private_key of GoToSocial in JSON", "%s: %v", s.file, err)
	}
	return key, nil
}
