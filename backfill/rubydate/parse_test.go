package rubydate

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// read returns a date as the tests compare it: with the precision of Mastodon's
// database.
func read(text string) string {
	t, err := Parse(text)
	if err != nil {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// testdata/dates.json says what Mastodon 4.6 makes of dates.
func TestAgreesWithRuby(t *testing.T) {
	data, err := os.ReadFile("testdata/dates.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Published any `json:"published"`
		ReadAs    any `json:"read_as"`
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	// These have no year, so that Ruby takes the day on which it reads them.
	today := map[string]bool{"10:00": true, "May": true, "12": true, "٢٠٢٤-٠٥-٠١T10:00:00Z": true}
	n := 0
	for _, row := range rows {
		text, isText := row.Published.(string)
		if !isText {
			continue
		}
		want, _ := row.ReadAs.(string)
		if today[text] {
			want = ""
		}
		if got := read(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
		n++
	}
	if n < 60 {
		t.Errorf("only %d rows", n)
	}
}

// What ext/date/date_parse.c makes of other forms.
func TestOtherForms(t *testing.T) {
	for text, want := range map[string]string{
		"25-Jan-2023":                            "2023-01-25T00:00:00.000Z",
		"Jan-25-2023 5pm":                        "2023-01-25T17:00:00.000Z",
		"25th of March 2023":                     "2023-03-01T00:00:00.000Z",
		"25th March 2023":                        "2023-03-25T00:00:00.000Z",
		"Sat Aug 28 02:55:00 2021 -0130":         "2021-08-28T02:55:00.000Z",
		"2021/8/28":                              "2021-08-28T00:00:00.000Z",
		"2023-01-25 12:00 am":                    "2023-01-25T00:00:00.000Z",
		"2023-01-25 12:30 p.m.":                  "2023-01-25T12:30:00.000Z",
		"2023-01-25 10h20m30s":                   "2023-01-25T10:20:30.000Z",
		"2023-01-25T10:00:00 GMT+2":              "2023-01-25T08:00:00.000Z",
		"2023-01-25T10:00:00+2.5":                "2023-01-25T07:30:00.000Z",
		"2023-01-25T10:00:00-230":                "2023-01-25T12:30:00.000Z",
		"2023-01-25 10:00 Eastern Standard Time": "2023-01-25T15:00:00.000Z",
		"2023-01-25 10:00 Eastern Daylight Time": "2023-01-25T14:00:00.000Z",
		"2023-07-25 10:00 CEST":                  "2023-07-25T08:00:00.000Z",
		"2023-07-25 10:00 XYZZY":                 "2023-07-25T10:00:00.000Z",
		"20230125101112":                         "2023-01-25T10:11:12.000Z",
		"20230125101112.5":                       "2023-01-25T10:11:12.500Z",
		"2023025":                                "2023-01-25T00:00:00.000Z",
		"20230125T101112+0100":                   "2023-01-25T09:11:12.000Z",
		"20230125T1011[-2:HOME]":                 "2023-01-25T12:11:00.000Z",
		"2023W043":                               "2023-01-25T00:00:00.000Z",
		"2023-W53-1":                             "",
		"2023-366":                               "",
		"2024-366":                               "2024-12-31T00:00:00.000Z",
		"May 2024":                               "2024-05-01T00:00:00.000Z",
		"S64.01.07":                              "1989-01-07T00:00:00.000Z",
		"25 Jan 23":                              "0023-01-25T00:00:00.000Z",
		"25 Jan 44 BC":                           "",
		"--05-01":                                "",
		"3rd":                                    "",
		"Wednesday":                              "",
		"2023-01-25T24:00:01Z":                   "",
		strings.Repeat(" ", 110) + "2023-01-25":  "2023-01-25T00:00:00.000Z",
		strings.Repeat(" ", 120) + "2023-01-25":  "",
	} {
		if got := read(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"2024-05-01T10:00:00.5+02:00", "Wed May 01 10:00:00 +0000 2024", "Jan 25, '23 5:14 AM", "H31.04.30", "20240501T100000[9:JST]",
		"2024-W18-3", "1st/2/2024", "12.5-", "20240501100000.5", "5 May 44 B.C.E.", "10:00 gmt+1:2:3 [+",
		"09W01", "09W01 00:00 +14:00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		if _, offset := got.Zone(); offset != 0 {
			t.Errorf("%q: not in UTC: %v", text, got)
		}
		// The year is in the text, unless a zone or 24:00 moves the date into the next or
		// the last one. Eras count their years differently.
		if strings.ContainsAny(text, "MTSHmtshBb") {
			return
		}
		days := []int{-2, 0, 2}
		if strings.ContainsAny(text, "Ww") {
			// Also, the first week of a year (ISO 8601) may begin three days before it.
			days = append(days, -5, 5)
		}
		for _, day := range days {
			if strings.Contains(text, strings.TrimLeft(strconv.Itoa(got.AddDate(0, 0, day).Year()), "-")) {
				return
			}
		}
		t.Errorf("%q: the year of %v is not in it", text, got)
	})
}
