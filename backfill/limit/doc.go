// Package limit reads and writes times, spans and rates as people write them, such
// as "90d", "2024-05-01", "1/1h" and "2/s", and keeps the bucket of a limit.
package limit
