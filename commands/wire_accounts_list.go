package commands

import (
	"context"
	"iter"

	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// connectSurvey builds what it takes to look at the ledger. Nobody is asked for anything.
func connectSurvey(env Env, s settings.Settings, o sharedOptions) (*system, error) {
	return build(env, wiring{settings: s, shared: o, readOnly: true}, func(sys *system, _ Network) error { return sys.nameHome() })
}

// accountRecords are the accounts in the ledger.
func (s *system) accountRecords() accountRecords {
	return surveyedAccounts{surveyOf(s.settings.Ledger, s.homeName, s.clock), s.settings.Limit}
}

// surveyedAccounts are the accounts that a survey of the ledger finds.
type surveyedAccounts struct {
	ledger.Survey
	limit limit.Limit
}

func (a surveyedAccounts) each(ctx context.Context, f accountFilter) iter.Seq2[report.LedgerAccount, error] {
	return func(yield func(report.LedgerAccount, error) bool) {
		for standing, err := range a.EachAccount(ctx, ledger.Selection(f), a.limit) {
			if !yield(report.LedgerAccount(standing), err) {
				return
			}
		}
	}
}
