package commands_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// originCommand is the script command that changes the servers that accounts live
// on:
//
//	origin software DOMAIN NAME VERSION   what nodeinfo says
//	origin split DOMAIN WEBDOMAIN         a new server whose handles have a different domain from its pages
//	origin secure|rfc9421|closed DOMAIN   signed requests only; only those of RFC 9421; no public REST API
//	origin outbox HANDLE STATUS [BODY]    how the outbox answers; {id} in the body is its address
//	origin wall DOMAIN                    a check for bots in front of everything
//	origin robots DOMAIN FILE             its robots.txt
//	origin inline HANDLE                  the outbox is one list of the posts' ids
//	origin boost HANDLE POST-HANDLE N     boosts N posts of another account
//	origin group HANDLE POST-HANDLE N     a group that boosts N posts of another account
//	origin unindexed HANDLE N             an account with N posts that asks not to be indexed
//	origin moved HANDLE HANDLE            the first account has moved to the second
//	origin type DOMAIN PATH TYPE          the content type of what is at a path
//	origin writes DOMAIN OLD NEW          replaces a text in all its answers
//	origin bio HANDLE TEXT                the text of a profile
//	origin untagged DOMAIN                gives no validators, and answers no conditional request with 304
//	origin lies DOMAIN                    answers every conditional request with 304
//	origin requests DOMAIN N              wants n requests to the server since the last "fediverse reset"
//	origin note HANDLE JSON               a post whose object has these members
//	origin key FILE                       writes the key of home's instance actor
func originCommand(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value(fediverseKey{}).(*fediverse)
	if neg || len(args) < 2 {
		ts.Fatalf("usage: origin WHAT...")
	}
	verb, ok := map[string]func([]string) error{
		"software": f.setSoftware, "split": f.split, "secure": f.closeListings, "rfc9421": f.closeListings, "closed": f.closeListings,
		"outbox": f.setOutbox, "inline": f.inline, "boost": f.boost, "group": f.addGroup, "unindexed": f.addUnindexed, "moved": f.move,
		"wall": f.wall, "type": f.beOdd, "writes": f.beOdd, "note": f.addNote, "bio": f.setBio, "untagged": f.setValidators, "lies": f.setValidators, "requests": f.wantRequests,
		"robots": func(args []string) error { return f.setRobots(args, ts.ReadFile) },
		"key":    func(args []string) error { return f.writeKey(ts.MkAbs(args[1])) },
	}[args[0]]
	if !ok {
		ts.Fatalf("origin: no such word: %s", args[0])
	}
	ts.Check(verb(args))
}

func (f *fediverse) setSoftware(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: origin software DOMAIN NAME VERSION")
	}
	f.AddOrigin(args[1]).SetSoftware(args[2], args[3])
	return nil
}

func (f *fediverse) split(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: origin split DOMAIN WEBDOMAIN")
	}
	f.AddOrigin(args[1], sandbox.WebDomain(args[2]))
	return nil
}

func (f *fediverse) closeListings(args []string) error {
	o := f.AddOrigin(args[1])
	switch args[0] {
	case "secure":
		o.SetHidden(true)
	case "rfc9421":
		o.SetHidden(true)
		o.SetRFC9421Only(true)
	default:
		o.SetAPIClosed(true)
	}
	return nil
}

func (f *fediverse) setOutbox(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	status, err := number(args, 2)
	if err != nil {
		return err
	}
	replaceOutbox(a, status, strings.Join(args[3:], " "))
	return nil
}

func (f *fediverse) wall(args []string) error {
	page := fault.Respond(403, "text/html; charset=UTF-8", "<!DOCTYPE html><title>Just a moment...</title>")
	f.AddOrigin(args[1]).SetFault(fault.Always(page))
	return nil
}

func (f *fediverse) setRobots(args []string, read func(string) string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: origin robots DOMAIN FILE")
	}
	f.AddOrigin(args[1]).SetRobots(read(args[2]))
	return nil
}

func replaceOutbox(a *sandbox.Account, status int, body string) {
	body = strings.ReplaceAll(body, "{id}", "https://"+a.Origin().Domain()+a.OutboxPath())
	a.Origin().SetFault(fault.OnRoute(a.OutboxPath(), fault.Always(fault.Respond(status, "application/activity+json", body))))
}

func (f *fediverse) inline(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	ids, err := json.Marshal(a.Eligible())
	if err != nil {
		return err
	}
	replaceOutbox(a, 200, fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"{id}","type":"OrderedCollection","totalItems":%d,"orderedItems":%s}`,
		len(a.Eligible()), ids))
	return nil
}

func (f *fediverse) boost(args []string) error {
	a, err := f.account(args[1])
	if err != nil {
		return err
	}
	of, err := f.account(args[2])
	if err != nil {
		return err
	}
	n, err := number(args, 3)
	if err != nil {
		return err
	}
	for _, p := range of.Posts()[:n] {
		a.Boost(p, f.clock.Now().Add(-time.Hour))
	}
	return nil
}

func (f *fediverse) addGroup(args []string) error {
	user, domain, _ := strings.Cut(args[1], "@")
	f.Home().Follow(f.AddOrigin(domain).AddAccount(sandbox.Profile{Username: user, Group: true}))
	return f.boost(args)
}

func (f *fediverse) addUnindexed(args []string) error {
	n, err := number(args, 2)
	if err != nil {
		return err
	}
	user, domain, _ := strings.Cut(args[1], "@")
	a := f.AddOrigin(domain).AddAccount(sandbox.Profile{Username: user, Unlisted: true})
	a.Fill(n, time.Time{}, 24*time.Hour)
	f.Home().Follow(a)
	return nil
}

func (f *fediverse) move(args []string) error {
	from, err := f.account(args[1])
	if err != nil {
		return err
	}
	to, err := f.account(args[2])
	if err != nil {
		return err
	}
	from.SetMovedTo(to)
	return nil
}

func (f *fediverse) writeKey(path string) error {
	_, key, err := f.Home().InstanceKey()
	if err != nil {
		return err
	}
	return os.WriteFile(path, key, 0o600)
}
