// Package limit reads and writes what people say about time, such as "90d",
// "2024-05-01" and "1/1h", and keeps the bucket of a limit.
package limit
