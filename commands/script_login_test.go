package commands_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"tootfill/backfill/sandbox"
	"tootfill/commands"

	"github.com/rogpeppe/go-internal/testscript"
)

// browseVariable says what the browser of a script does: with "stay" it opens nothing,
// with "state" it comes back with a state that is not the program's, and with "fail" it
// fails.
const browseVariable = "TOOTFILL_TEST_BROWSE"

// browseInTest is a browser: xdg-open of a person who has logged in to home. It opens
// the page and goes where that sends it.
func browseInTest() int {
	switch os.Getenv(browseVariable) {
	case "fail":
		return 3
	case "stay":
		return 0
	}
	if err := browse(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func browse(page string) error {
	network, err := newProgramNetwork()
	if err != nil {
		return err
	}
	_, back, err := visit(clientOf(network), page)
	if err != nil || back == "" {
		return fmt.Errorf("%s sent nobody back: %w", page, err)
	}
	if os.Getenv(browseVariable) == "state" {
		u, err := url.Parse(back)
		if err != nil {
			return err
		}
		q := u.Query()
		q.Set("state", "another")
		u.RawQuery = q.Encode()
		back = u.String()
	}
	_, _, err = visit(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, back)
	return err
}

func clientOf(n commands.Network) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: n.DialContext, TLSClientConfig: &tls.Config{RootCAs: n.RootCAs()}, DisableKeepAlives: true,
	}}
}

// visit opens a page; back is where it sends the browser.
func visit(client *http.Client, page string) (text, back string, err error) {
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Get(page)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), resp.Header.Get("Location"), err
}

// pastes WHAT STATUS COMMAND... runs a command that asks for a code, opens the page that
// it shows, and pastes WHAT: the code of the page, the code when it has become too old
// (late), another code (wrong), or nothing. The command has to end with the status, and
// its output goes to pastes.out and pastes.err.
func pastes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: pastes code|late|wrong|nothing STATUS COMMAND...")
	}
	cmd := exec.Command(inPath(ts, args[2]), args[3:]...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), environment(ts)
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := os.Create(ts.MkAbs("pastes.out"))
	ts.Check(err)
	defer out.Close()
	cmd.Stdout = out
	errs, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	f := ts.Value(fediverseKey{}).(*fediverse)
	said, err := f.paste(args[0], in, errs)
	_ = in.Close() // it may be closed already
	failed := cmd.Wait()
	ts.Check(errors.Join(err, os.WriteFile(ts.MkAbs("pastes.err"), []byte(said), 0o600)))
	if got := statusOf(ts, failed); got != args[1] {
		ts.Fatalf("it ended with %s, want %s; its stderr:\n%s", got, args[1], said)
	}
	if _, err := strconv.Atoi(args[1]); err != nil {
		ts.Fatalf("%s is not a status", args[1])
	}
}

var (
	shownPage = regexp.MustCompile(`^  (https://\S+)$`)
	// shownCode is a code on the page of Mastodon, GoToSocial or Pleroma.
	shownCode = regexp.MustCompile(`(?:class='oauth-code' readonly value='|<code>|Token code is <br>(?:<pre>)?)(\w+)`)
)

// paste reads what a program says until it shows a page, and writes to it what the page
// shows.
func (f *fediverse) paste(what string, in io.WriteCloser, errs io.Reader) (said string, err error) {
	lines := bufio.NewReader(errs)
	for err == nil {
		var line string
		line, err = lines.ReadString('\n')
		said += line
		m := shownPage.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		code, failed := f.codeOf(m[1], what)
		if failed != nil {
			return said, failed
		}
		if _, failed := io.WriteString(in, code); failed != nil {
			return said, failed
		}
		_ = in.Close() // the end of the input ends a line, too
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return said, err
}

func (f *fediverse) codeOf(page, what string) (string, error) {
	text, back, err := visit(clientOf(f.Network()), page)
	if err == nil && strings.HasPrefix(back, "/") {
		text, _, err = visit(clientOf(f.Network()), "https://"+sandbox.HomeDomain+back)
	}
	m := shownCode.FindStringSubmatch(text)
	switch {
	case err != nil:
		return "", err
	case what == "nothing":
		return "", nil
	case m == nil:
		return "", fmt.Errorf("no code on the page: %s", text)
	case what == "wrong":
		return "nonsense\n", nil
	case what == "late":
		f.Home().ExpireCodes()
	}
	return "  " + m[1] + "\n", nil
}

// login: login refuse makes you refuse what applications ask for, login remember gives
// your browser a token of every application already, login revoke revokes all tokens, and
// login domain DOMAIN adds a domain of handles.
func (f *fediverse) login(args []string) error {
	switch {
	case args[1] == "refuse":
		f.Home().RefuseAuthorizations()
	case args[1] == "remember":
		f.Home().RememberAuthorizations()
	case args[1] == "revoke":
		f.Home().RevokeTokens()
	case args[1] == "domain" && len(args) == 3:
		f.Home().AddHandleDomain(args[2])
	default:
		return fmt.Errorf("login has no %v", args[1:])
	}
	return nil
}

// checkTokens: tokens N wants n access tokens that are not revoked.
func (f *fediverse) checkTokens(args []string) error {
	want, err := number(args, 1)
	if err != nil {
		return err
	}
	if got := f.Home().Authorized(); got != want {
		return fmt.Errorf("%d tokens are good, want %d", got, want)
	}
	return nil
}
