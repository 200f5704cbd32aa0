package backfill

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// shortPauses are the pauses before asking again a question that got no proper
// answer, before anything is concluded from that.
var shortPauses = [...]time.Duration{time.Second, 4 * time.Second}

const (
	// longestOutage is how long to wait for a server that is away.
	longestOutage = 2 * time.Minute
	// firstProbe and longestProbe bound the pause between two tries to reach it.
	firstProbe   = 5 * time.Second
	longestProbe = 15 * time.Second
	// outageDeferral is how long a longer outage puts accounts off.
	outageDeferral = 15 * time.Minute
	// mostComebacks is how often a server may come back without answering the
	// question before that counts as its answer.
	mostComebacks = 3
)

// Patience waits out short outages of the servers that a run cannot do without:
// home, its Redis and its PostgreSQL. All who need a server that is away wait
// together; one of them tries to reach it, and people are told once. Several
// goroutines may use it.
type Patience struct {
	Clock Clock
	// Tell is told of outages; it may be called by several goroutines.
	Tell func(Event)
	// Pulse asks home, which errors call by the name Home, a question that is not
	// about an account. That tells a home that is away for everybody from one that
	// fails at a single question. It is nil if home's API is not in use; other
	// servers are asked the question itself again.
	Pulse func(ctx context.Context) error
	Home  string
	// Advice is what people can do if waiting was in vain.
	Advice string

	// met says that the servers have been found: a name that does not exist is no
	// longer a typing error.
	met atomic.Bool

	mu   sync.Mutex
	away map[string]*absence // by server
}

// absence is an outage of one server.
type absence struct {
	since time.Time
	// over is closed when the server is back or given up, or when nobody tries to
	// reach it any more.
	over chan struct{}
	// lost is the error for those who need a server that was given up.
	lost *OutageError
}

// Ask asks a question, and asks it again after short pauses if there is no proper
// answer. It waits for a server that is away for everybody; an *OutageError says
// that this was in vain. Any other error is about this question alone.
//
// The question must be one that may be asked twice. If p is nil, it is asked once.
func (p *Patience) Ask(ctx context.Context, ask func() error) error {
	if p == nil {
		return ask()
	}
	return p.ask(ctx, Unwell, ask)
}

// AskWhileUnreached is Ask, but waits only for a server that gives no answer at
// all.
func (p *Patience) AskWhileUnreached(ctx context.Context, ask func() error) error {
	return p.ask(ctx, unreached, ask)
}

func (p *Patience) ask(ctx context.Context, failing func(error) bool, ask func() error) error {
	for comebacks := 0; ; comebacks++ {
		began := p.Clock.Now()
		err := p.askShortly(ctx, failing, ask)
		if outage := p.heed(err); outage != nil {
			return outage
		}
		if !failing(err) || comebacks == mostComebacks || p.isLasting(err) {
			return err
		}
		var answer error
		answered := false
		w := watch{began: began, trouble: err, failing: failing, probe: func() error {
			answer = ask()
			answered = !failing(answer)
			return answer
		}}
		if p.Pulse != nil && p.serverOf(err) == p.Home {
			w.failing, w.probe, w.pulse = Unwell, func() error { return p.Pulse(ctx) }, true
		}
		well, outage := p.waitOut(ctx, w)
		switch {
		case outage != nil:
			return outage
		case well:
			return err
		case answered:
			return answer
		}
	}
}

// askShortly asks again after short pauses, unless the question has kept its server
// busy for minutes.
func (p *Patience) askShortly(ctx context.Context, failing func(error) bool, ask func() error) error {
	err := ask()
	for _, pause := range shortPauses {
		if !failing(err) || isLate(err) || p.isLasting(err) || p.givenUp(p.serverOf(err)) != nil {
			return err
		}
		if err := p.Clock.Wait(ctx, pause); err != nil {
			return err
		}
		err = ask()
	}
	return err
}

// isLasting reports whether waiting does not help: the server's certificate cannot
// be trusted, its name does not exist and it has never been found before, or it has
// pages but no API.
func (p *Patience) isLasting(err error) bool {
	var lookup *net.DNSError
	var answer *AnswerError
	switch {
	case untrusted(err):
		return true
	case p.met.Load():
		return false
	case errors.As(err, &answer):
		return answer.Status/100 == 2
	}
	return errors.As(err, &lookup) && lookup.IsNotFound
}

// SeeHome checks, after a row of errors, whether home is away for everybody, and if
// so waits for it. It returns whether home was away and is back.
func (p *Patience) SeeHome(ctx context.Context, trouble error) (back bool, _ error) {
	if p.Pulse == nil || !Unwell(trouble) {
		return false, nil
	}
	well, outage := p.waitOut(ctx, watch{
		began: p.Clock.Now(), trouble: trouble, failing: Unwell, pulse: true,
		probe: func() error { return p.Pulse(ctx) },
	})
	return !well && outage == nil, outage
}

// HomeIsWell reports whether home answers a question that is not about an account;
// true if there is no such question to ask.
func (p *Patience) HomeIsWell(ctx context.Context) bool {
	return p.Pulse == nil || p.givenUp(p.Home) == nil && !Unwell(p.Pulse(ctx))
}

// watch is how to watch a server that seems to be away.
type watch struct {
	// began is when it was first asked, and trouble what came of that.
	began   time.Time
	trouble error
	// probe asks it; failing tells errors that are no answer.
	probe   func() error
	failing func(error) bool
	// pulse says that the probe is not the question that failed.
	pulse bool
}

// waitOut waits for a server. It returns true if the server is not away at all,
// and false if it was and is back. Errors are the context's and *OutageError.
func (p *Patience) waitOut(ctx context.Context, w watch) (well bool, _ error) {
	server := p.serverOf(w.trouble)
	a, first := p.join(server, w.began)
	if !first {
		select {
		case <-a.over:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		if lost := p.givenUp(server); lost != nil {
			return false, lost
		}
		return false, nil
	}
	defer p.leave(server, a)
	if w.pulse && !w.failing(w.probe()) {
		return true, ctx.Err()
	}
	p.Tell(Warned{
		Text: fmt.Sprintf("%s; waiting for up to %s for it to come back", answerIn(w.trouble), readableSpan(longestOutage)),
		Hint: hintIn(w.trouble),
	})
	p.Tell(Waiting{On: server, Until: a.since.Add(longestOutage), Reason: "it is away"})
	for pause := firstProbe; ; pause = min(2*pause, longestProbe) {
		left := a.since.Add(longestOutage).Sub(p.Clock.Now())
		if left <= 0 {
			return false, p.giveUp(a, server, p.Clock.Now().Add(outageDeferral), w.trouble)
		}
		if err := p.Clock.Wait(ctx, min(pause, left)); err != nil {
			return false, err
		}
		if !w.failing(w.probe()) {
			return false, ctx.Err()
		}
	}
}

// join joins those who wait for a server. The first one has to try to reach it.
func (p *Patience) join(server string, since time.Time) (a *absence, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.away[server]; a != nil && (a.lost == nil || p.Clock.Now().Before(a.lost.RetryAt)) {
		return a, false
	}
	if p.away == nil {
		p.away = make(map[string]*absence)
	}
	a = &absence{since: since, over: make(chan struct{})}
	p.away[server] = a
	return a, true
}

// leave ends the wait of all others; a server that was given up stays given up.
func (p *Patience) leave(server string, a *absence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.lost == nil {
		delete(p.away, server)
	}
	close(a.over)
}

func (p *Patience) giveUp(a *absence, server string, retryAt time.Time, trouble error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.lost == nil {
		a.lost = &OutageError{Server: server, RetryAt: retryAt, Err: trouble}
	}
	return a.lost
}

// heed gives up a server that asks for a pause too long to sit out, until the time
// that it names. It returns nil for any other error.
func (p *Patience) heed(err error) error {
	var away *UnavailableError
	var notNow *NotNowError
	if !errors.As(err, &away) || !errors.As(err, &notNow) {
		return nil
	}
	if lost := p.givenUp(away.Server); lost != nil {
		return lost
	}
	a, first := p.join(away.Server, p.Clock.Now())
	if first {
		defer p.leave(away.Server, a)
	}
	at := notNow.RetryAt
	if now := p.Clock.Now(); !at.After(now) {
		at = now.Add(deferral)
	}
	return p.giveUp(a, away.Server, at, err)
}

// givenUp is not nil for a server that was given up a short while ago.
func (p *Patience) givenUp(server string) *OutageError {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.away[server]
	if a == nil || a.lost == nil || !p.Clock.Now().Before(a.lost.RetryAt) {
		return nil
	}
	return a.lost
}

// serverOf is the name of the server that an error is about.
func (p *Patience) serverOf(err error) string {
	var away *UnavailableError
	if errors.As(err, &away) && away.Server != "" {
		return away.Server
	}
	return p.Home
}

// readableSpan is a span as people say it.
func readableSpan(d time.Duration) string {
	if d%time.Minute == 0 && d > time.Minute {
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return d.String()
}
