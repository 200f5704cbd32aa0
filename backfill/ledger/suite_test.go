package ledger_test

import (
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
)

func TestMain(m *testing.M) {
	if os.Getenv(copySource) != "" {
		os.Exit(killedCopy())
	}
	goleak.VerifyTestMain(m)
}

// kind is a kind of database that a ledger can be kept in.
type kind interface {
	// open opens the ledger in a place, and closes it when the test ends.
	open(t testing.TB, o placed) *ledger.Ledger
	// survey surveys the ledger in a place.
	survey(place, home string, c backfill.Clock) ledger.Survey
	// check looks for what is wrong in the tables.
	check(t *testing.T, l *ledger.Ledger)
}

// placed says where a ledger is, and what Options of its kind say.
type placed struct {
	// Place is a folder, which stands for a database of its own in every kind.
	Place, Home string
	Clock       backfill.Clock
	Limit       limit.Limit
	ReadOnly    bool
	// Copy opens it as a copy that may be unfinished.
	Copy bool
}

func options(place string, c backfill.Clock) placed {
	return placed{Place: place, Home: "home.example", Clock: c, Limit: limit.Limit{N: 1, Per: time.Hour, Burst: 1}}
}

// suite is what every ledger does, wherever it is kept.
var suite = map[string]func(*testing.T, kind){
	"Record":                            testRecord,
	"RecordTellsWhenTheListingWasRead":  testRecordTellsWhenTheListingWasRead,
	"ANoteIsKept":                       testANoteIsKept,
	"CountPosts":                        testCountPosts,
	"Deferrals":                         testDeferrals,
	"DueWhileWriting":                   testDueWhileWriting,
	"Memory":                            testMemory,
	"RenameDeferral":                    testRenameDeferral,
	"RenameDeferralAndTheSpelling":      testRenameDeferralAndTheSpelling,
	"NewFollows":                        testNewFollows,
	"UnorderedFollows":                  testUnorderedFollows,
	"TwoLooksAtOnce":                    testTwoLooksAtOnce,
	"FollowsOfOthers":                   testFollowsOfOthers,
	"ManyWaitingFollows":                testManyWaitingFollows,
	"FairBetweenFollowers":              testFairBetweenFollowers,
	"OneStartInAnHour":                  testOneStartInAnHour,
	"ClockStepsBack":                    testClockStepsBack,
	"Resume":                            testResume,
	"LastBackfill":                      testLastBackfill,
	"TwoProcesses":                      testTwoProcesses,
	"RaceForAnAccount":                  testRaceForAnAccount,
	"Cancelled":                         testCancelled,
	"ClockStepsBackBeforeNextAllowed":   testClockStepsBackBeforeNextAllowed,
	"ListingModel":                      testListingModel,
	"SecondWalkIsOnePage":               testSecondWalkIsOnePage,
	"StretchGrowsAndIsMet":              testStretchGrowsAndIsMet,
	"SeveralStretchesAreJoined":         testSeveralStretchesAreJoined,
	"TwoJoinsInOneWalk":                 testTwoJoinsInOneWalk,
	"StretchesAreKeptApart":             testStretchesAreKeptApart,
	"OddPages":                          testOddPages,
	"LiftedPostIsNoMeeting":             testLiftedPostIsNoMeeting,
	"LiftedPostWithoutADateIsNoMeeting": testLiftedPostWithoutADateIsNoMeeting,
	"RecordOutcomesRefusesNonsense":     testRecordOutcomesRefusesNonsense,
	"WalksProperty":                     testWalksProperty,
	"HostileText":                       testHostileText,
	"Pauses":                            testPauses,
	"Paces":                             testPaces,
	"PacesOfManyProcesses":              testPacesOfManyProcesses,
	"TurnsModel":                        testTurnsModel,
	"Reread":                            testReread,
	"RereadNothing":                     testRereadNothing,
	"RoundOfAResumedRun":                testRoundOfAResumedRun,
	"OutcomeOfTheRun":                   testOutcomeOfTheRun,
	"Tried":                             testTried,
	"TellsOfAnImportOnce":               testTellsOfAnImportOnce,
	"ExpiredFactsAreDropped":            testExpiredFactsAreDropped,
	"SurveyOfRuns":                      testSurveyOfRuns,
	"SurveyOfDeferrals":                 testSurveyOfDeferrals,
	"SurveyOfAccounts":                  testSurveyOfAccounts,
	"Copy":                              testCopy,
	"CopyThatIsStopped":                 testCopyThatIsStopped,
	"CopyIsRefused":                     testCopyIsRefused,
	"CopyOfAChangingLedger":             testCopyOfAChangingLedger,
	"EachAccount":                       testEachAccount,
	"EachAccountThatIsWanted":           testEachAccountThatIsWanted,
	"EachOfManyAccounts":                testEachOfManyAccounts,
	"OutcomesOfOthers":                  testOutcomesOfOthers,
	"SettleManyTogether":                testSettleManyTogether,
	"WhatIsWantedIsKept":                testWhatIsWantedIsKept,
	"Ask":                               testAsk,
	"AskOfADeadProcess":                 testAskOfADeadProcess,
	"AskTooMuch":                        testAskTooMuch,
	"AskAtOnce":                         testAskAtOnce,
	"ProgressCounts":                    testProgressCounts,
}

func runSuite(t *testing.T, in kind) {
	for name, test := range suite {
		t.Run(name, func(t *testing.T) { test(t, in) })
	}
}

func TestFile(t *testing.T) { runSuite(t, file{}) }

func TestPostgreSQL(t *testing.T) { runSuite(t, newServer(t)) }
