// Command tootfill fills a Mastodon server with an account's older public posts.
package main

import (
	"os"

	"tootfill/commands"
)

func main() { os.Exit(commands.Process(nil, nil)) }
