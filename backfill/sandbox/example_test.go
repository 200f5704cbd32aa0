package sandbox_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	"tootfill/backfill/sandbox"
)

func Example() {
	s, err := sandbox.Start(sandbox.Options{Empty: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := s.Close(); err != nil {
			fmt.Println(err)
		}
	}()

	alice := s.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "alice"})
	newest := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	alice.Fill(3, newest, time.Hour)
	s.Home().Follow(alice)
	s.Home().HoldNewest(alice, 1)

	client := &http.Client{Transport: &http.Transport{
		DialContext:     s.Network().DialContext,
		TLSClientConfig: &tls.Config{RootCAs: s.Network().RootCAs()},
	}}
	defer client.CloseIdleConnections()
	for _, uri := range alice.Eligible() {
		r, err := http.NewRequest(http.MethodGet, "https://"+sandbox.HomeDomain+"/api/v2/search?type=statuses&resolve=true&q="+uri, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+sandbox.Token)
		answer, err := client.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = io.Copy(io.Discard, answer.Body)
		fmt.Println(answer.Status, err, answer.Body.Close(), answer.Header.Get("X-RateLimit-Remaining"))
	}
	fmt.Println(len(s.Home().Held(alice)), "held,", len(s.Home().Imports()), "imported")
	// Output:
	// 200 OK <nil> <nil> 299
	// 200 OK <nil> <nil> 298
	// 200 OK <nil> <nil> 297
	// 3 held, 2 imported
}
