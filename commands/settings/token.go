package settings

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tootfill/backfill"
	"tootfill/commands/shell"
)

// Token holds the places where the access token may be; the first that is set
// counts. None of them is a flag, since other users of the machine can see flags.
type Token struct {
	server string
	// environment is the token itself, from TOOTFILL_ACCESS_TOKEN.
	environment string
	// credential is systemd's file; see LoadCredential= in systemd.exec(5).
	credential string
	// file and command come from the config file; setting both is an error.
	file, command string
	// fileLine and commandLine are where the config file has them.
	fileLine, commandLine string
	// foreign is the server that the config file's token is for, if it is not the
	// one in use; foreignEnvironment is the same for the tokens of the environment.
	foreign, foreignEnvironment string
}

const (
	// tokenSize bounds how much of a token is read, in bytes. Mastodon's have 43;
	// signed tokens of other software may have some thousands.
	tokenSize = 16 << 10
	// tokenPatience is how long the command may take; it may ask somebody for a
	// password.
	tokenPatience = 2 * time.Minute
)

var errBothSet = errors.New("access_token_file and access_token_command are both set")

func (r Reader) findToken(server string, p places) Token {
	file, command := p.choose("access_token_file"), p.choose("access_token_command")
	t := Token{
		server: server, environment: p.choose("access_token").value, credential: credentialPath(r.Getenv),
		file: file.value, fileLine: file.line, command: command.value, commandLine: command.line,
	}
	ofFile, _, _ := p.file.find("server")
	t.foreign = r.otherThan(server, ofFile)
	// What is in the environment belongs together. Without a server there, its token
	// is for the server of the config file.
	t.foreignEnvironment = r.otherThan(server, cmp.Or(r.Getenv("TOOTFILL_SERVER"), ofFile))
	return t
}

// credentialPath is where systemd keeps the token; empty without its credentials.
func credentialPath(getenv func(string) string) string {
	dir := getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "access_token")
}

// otherThan is the named server if it is not this one, otherwise empty.
func (r Reader) otherThan(server, named string) string {
	if named == "" || r.SameServer(server, named) {
		return ""
	}
	return named
}

// bareServer lets two spellings of one server compare equal.
func bareServer(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(s), "https://"), "/")
}

// KnownToken is a Token whose value is known already.
func KnownToken(token string) Token { return Token{environment: token} }

// Read reads the access token. The command may write to stderr.
func (t Token) Read(ctx context.Context, stderr io.Writer) (string, error) {
	if t.environment != "" {
		if t.foreignEnvironment != "" {
			return "", t.notFor("TOOTFILL_ACCESS_TOKEN", t.foreignEnvironment)
		}
		return checkToken(t.environment, "TOOTFILL_ACCESS_TOKEN")
	}
	if t.credential != "" {
		token, err := readToken(t.credential, false)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case t.foreignEnvironment != "":
			return "", t.notFor(t.credential, t.foreignEnvironment)
		default:
			return token, err
		}
	}
	switch {
	case t.file == "" && t.command == "":
		return "", t.missing(fmt.Sprintf("no access token for %s given", t.server))
	case t.file != "" && t.command != "":
		return "", wrongf("keep only one of them", "%v", ledFrom(t.commandLine, errBothSet))
	case t.foreign != "":
		return "", t.notFor("the config file", t.foreign)
	case t.file != "":
		token, err := readToken(t.file, true)
		if errors.Is(err, os.ErrNotExist) {
			err = tokenHintedf(backfill.Hint{Kind: backfill.LogIn, About: t.server}, "%w", ledFrom(t.fileLine, err))
		}
		return token, err
	}
	token, err := runTokenCommand(ctx, t.command, stderr)
	var failed *TokenError
	if errors.As(err, &failed) {
		failed.Message = ledFrom(t.commandLine, errors.New(failed.Message)).Error()
	}
	return token, err
}

// notFor is the error for a token of another server: a token goes only to the server
// that issued it.
func (t Token) notFor(from, server string) error {
	return t.missing(fmt.Sprintf("the access token in %s is for %s, not for %s", from, server, t.server))
}

func (t Token) missing(message string) error {
	return &TokenError{Message: message, None: true, Server: t.server}
}

// readToken reads a token from a file. private demands that nobody else can read it;
// systemd protects its credentials by other means.
func readToken(path string, private bool) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // opening a pipe without a writer would block
	if err != nil {
		return "", tokenErrorf("", "reading the access token: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", tokenErrorf("", "reading the access token: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", tokenHintedf(backfill.Hint{Kind: backfill.TokenFromCommand}, "%s is not a regular file; tootfill reads no access token from it", path)
	}
	if mode := info.Mode().Perm(); private && openToOthers(mode) {
		return "", tokenErrorf("chmod 600 "+shell.Word(path), "other users can read the access token in %s (mode %04o)", path, mode)
	}
	data, err := io.ReadAll(io.LimitReader(f, tokenSize+1))
	if err != nil {
		return "", tokenErrorf("", "reading the access token: %w", err)
	}
	return checkToken(string(data), path)
}

// openToOthers reports whether a file of this mode is no place for a secret.
func openToOthers(mode os.FileMode) bool { return mode.Perm()&0o077 != 0 }

// runTokenCommand runs the configured command in a shell and takes its output as the
// token.
func runTokenCommand(ctx context.Context, command string, stderr io.Writer) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	out := &boundedBuffer{max: tokenSize + 1}
	cmd.Stdout, cmd.Stderr = out, stderr
	// A child of the shell may hold the pipe open after the shell has ended; what
	// the shell has written by then counts.
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if ctx.Err() == context.DeadlineExceeded {
		return "", tokenErrorf("", "access_token_command took longer than %s", tokenPatience)
	}
	if err != nil {
		return "", tokenErrorf("run the command by hand to see its output, which is not shown here", "access_token_command failed: %v", err)
	}
	return checkToken(out.kept.String(), "access_token_command")
}

// checkToken cuts the final newline and refuses what cannot be a token, without ever
// showing it.
func checkToken(token, from string) (string, error) {
	if len(token) > tokenSize {
		return "", tokenErrorf("", "the content of %s is too long for an access token", from)
	}
	token = strings.TrimRight(token, "\r\n")
	if token == "" {
		return "", tokenErrorf("", "there is no access token in %s", from)
	}
	for _, c := range []byte(token) {
		if c <= ' ' || c > '~' {
			return "", tokenErrorf("it must hold only the token, on one line", "the access token in %s contains spaces, control characters or characters outside ASCII", from)
		}
	}
	return token, nil
}

// boundedBuffer keeps the first max bytes written to it.
type boundedBuffer struct {
	kept bytes.Buffer
	max  int
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if room := b.max - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
