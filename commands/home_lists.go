package commands

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// homeList is a list of accounts that home keeps, besides that of followed ones.
type homeList struct {
	// of says whose list it is, for people.
	of       string
	accounts iter.Seq2[fediverse.Account, error]
	// standing is how the token's account stands to all of them; nil if that differs.
	standing *backfill.Standing
	// notFollowed allows accounts that nobody follows.
	notFollowed bool
}

// ownLists are the lists of the token's account.
type ownLists interface {
	Following(ctx context.Context) iter.Seq2[fediverse.Account, error]
	Followers(ctx context.Context) iter.Seq2[fediverse.Account, error]
	FollowRequests(ctx context.Context) iter.Seq2[fediverse.Account, error]
	// Lists are those that it has made itself.
	Lists(ctx context.Context) ([]listOfAccounts, error)
}

// readHomeLists reads which lists and which servers are asked for.
func readHomeLists(c *cli.Context) (lists []string, domains []fediverse.Servers, err error) {
	for _, title := range textsOf(c, "list") {
		title = strings.TrimSpace(title)
		if title == "" {
			return nil, nil, usagef("give the title of a list", "--list must not be empty")
		}
		lists = append(lists, title)
	}
	for _, name := range textsOf(c, "domain") {
		s, err := fediverse.ParseServers(name)
		if err != nil {
			return nil, nil, usagef("write a server as photos.example, and a domain with all its subdomains as *.photos.example", "--domain: %v", err)
		}
		domains = append(domains, s)
	}
	return lists, domains, nil
}

// homeLists finds the lists that are asked for. A title that no list has is a usage
// error.
func (s *system) homeLists(ctx context.Context, o backfillOptions) ([]homeList, error) {
	lists, err := s.titledLists(ctx, o.Lists)
	if err != nil {
		return nil, err
	}
	if len(o.Domains) > 0 {
		l := s.followed(ctx)
		l.accounts = onServers(l.accounts, o.Domains)
		lists = append(lists, l)
	}
	if o.Followers {
		lists = append(lists, homeList{of: "followers", accounts: s.followers(ctx), standing: &backfill.Standing{}, notFollowed: true})
	}
	if o.Requests {
		lists = append(lists, homeList{of: "requests to follow", accounts: s.requestsToFollow(ctx), standing: &backfill.Standing{}, notFollowed: true})
	}
	return lists, nil
}

// followed is the list of followed accounts.
func (s *system) followed(ctx context.Context) homeList {
	l := homeList{of: "followed accounts", standing: &backfill.Standing{Following: true}}
	if s.home == nil {
		l.accounts = s.database.Followed(ctx, 0)
	} else {
		l.accounts = s.home.Following(ctx)
	}
	return l
}

func (s *system) followers(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	if s.home == nil {
		return s.database.RemoteFollowers(ctx)
	}
	return s.home.Followers(ctx)
}

func (s *system) requestsToFollow(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	if s.home == nil {
		return s.database.RemoteRequests(ctx)
	}
	return s.home.FollowRequests(ctx)
}

// onServers are those of the accounts that live on one of the servers.
func onServers(accounts iter.Seq2[fediverse.Account, error], servers []fediverse.Servers) iter.Seq2[fediverse.Account, error] {
	lives := func(a fediverse.Account) bool {
		return slices.ContainsFunc(a.Origins(), func(origin string) bool {
			return slices.ContainsFunc(fediverse.NamesOf(origin), func(name fediverse.Servers) bool { return slices.Contains(servers, name) })
		})
	}
	return func(yield func(fediverse.Account, error) bool) {
		for a, err := range accounts {
			if (err != nil || lives(a)) && !yield(a, err) {
				return
			}
		}
	}
}

// titledLists finds lists by their titles: those of the token's account, or without a
// token those that anybody on home has.
func (s *system) titledLists(ctx context.Context, titles []string) (lists []homeList, err error) {
	if len(titles) == 0 {
		return nil, nil
	}
	if s.home == nil {
		return s.everybodysLists(ctx, titles)
	}
	all, err := backfill.Asked(ctx, s.patience, func() ([]listOfAccounts, error) { return s.home.Lists(ctx) })
	if err != nil {
		return nil, err
	}
	for _, title := range titles {
		found := slices.DeleteFunc(slices.Clone(all), func(l listOfAccounts) bool { return !strings.EqualFold(strings.TrimSpace(l.title), title) })
		if len(found) == 0 {
			return nil, usagef(titlesHint(all), "%s has no list of yours with the title %s", s.homeName, cleantext.Quote(title))
		}
		for _, l := range found {
			lists = append(lists, homeList{of: "accounts in " + strconv.Quote(title), accounts: l.accounts})
		}
	}
	return lists, nil
}

func (s *system) everybodysLists(ctx context.Context, titles []string) (lists []homeList, err error) {
	for _, title := range titles {
		found, err := backfill.Asked(ctx, s.patience, func() (bool, error) { return s.database.HasList(ctx, title) })
		switch {
		case err != nil:
			return nil, err
		case !found:
			// The titles of other people's lists are nobody's business.
			return nil, usagef("is it spelt as on the server? with an access token, --list takes your own lists", "nobody on %s has a list with the title %s", s.homeName, cleantext.Quote(title))
		}
		lists = append(lists, homeList{of: "accounts in " + strconv.Quote(title), accounts: s.database.ListAccounts(ctx, title)})
	}
	return lists, nil
}

// listOfAccounts is one of the lists of the token's account.
type listOfAccounts struct {
	title    string
	accounts iter.Seq2[fediverse.Account, error]
}

// mostTitles is how many titles a hint names.
const mostTitles = 20

func titlesHint(lists []listOfAccounts) string {
	if len(lists) == 0 {
		return "you have no lists there"
	}
	var titles []string
	for _, l := range lists[:min(len(lists), mostTitles)] {
		titles = append(titles, cleantext.Quote(l.title))
	}
	if more := len(lists) - len(titles); more > 0 {
		titles = append(titles, fmt.Sprintf("and %d more", more))
	}
	return "your lists are " + strings.Join(titles, ", ")
}

// homeSources yields the accounts of the lists that were found. Those that are allowed
// whether or not anybody follows them have to come before all others: an account in
// several sources is taken from the first one.
func (r *backfillRun) homeSources(ctx context.Context, sys *system) (allowed, others []candidates) {
	if sys.outage != nil && r.options.asksHome() && !r.options.Following && !r.options.NewFollows {
		return nil, []candidates{unreadable(fmt.Errorf("cannot read the lists of accounts: %w", sys.outage))}
	}
	if sys.outage != nil {
		return nil, nil
	}
	for _, l := range r.homeLists {
		source := sys.listed(ctx, l, r.warned)
		if l.notFollowed {
			allowed = append(allowed, source)
		} else {
			others = append(others, source)
		}
	}
	return allowed, others
}

// listed yields the accounts of a list.
func (s *system) listed(ctx context.Context, l homeList, warn func(text string, hint backfill.Hint)) candidates {
	accounts := backfill.PatientList(ctx, s.patience, l.accounts)
	return onList(l.of, accounts, warn, func(a fediverse.Account) backfill.Target { return s.targetOf(a, l) })
}

// targetOf keeps what home has told of an account in a list, unless its database says
// more.
func (s *system) targetOf(a fediverse.Account, l homeList) backfill.Target {
	target := backfill.Target{Handle: a.Handle, NotFollowed: l.notFollowed}
	if s.home != nil && s.database != nil {
		return target
	}
	target.Account = &a
	if s.home != nil && !a.SuspendedByHome {
		target.Standing = l.standing
	}
	return target
}
