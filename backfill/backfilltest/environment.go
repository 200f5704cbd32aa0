package backfilltest

// Environment is an environment of alternating names and values, to be asked as
// [os.Getenv] is.
func Environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}
